"""The command line: `ecomplan COMMAND`. `ecomplan --help` lists the commands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ecomplan.errors import EcomplanError
from ecomplan.findings import project_root
from ecomplan.pipeline import series
from ecomplan.stages import NOTEBOOKS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit code is 0, 2 for parameters and claims, 3 for data, 1 for all else."""
    options = _parser().parse_args(arguments)
    try:
        if options.command == "forecast":  # needs no project
            return int(options.run(options) or 0)
        return int(options.run(project_root(), options) or 0)
    except EcomplanError as error:
        print(f"ecomplan: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        print("ecomplan: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ecomplan", description="A platform's orders become its yearly plan. Run inside its folder.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, run: object, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    report = command("report", _report, "check, fetch, run the line with dvc repro and show the headline figures")
    report.add_argument("--force", action="store_true", help="run every stage again, changed or not")
    command("check", _check, "check params.yaml, claims/ and the notebooks' parameters cells; under a second")
    command("params", _params, "list every parameter with value, unit, allowed range and meaning")
    command("fetch", _fetch, "fetch the public sources into data/raw and check their hashes")
    stage = command("stage", _stage, "run one stage's notebook (what dvc.yaml calls)")
    stage.add_argument("name", help=", ".join(NOTEBOOKS))
    series.arguments(command("forecast", series.run, "forecast a file of your own series; runs in any folder"))
    command("publish", _publish, "record in MLflow what stands under out/ and is not recorded yet")
    command("compare-metrics", _compare, "hold out/*/metrics.json against the committed ones, within tolerance")
    return parser


def _report(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.pipeline.line import report

    report(root, options.force)


def _check(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.pipeline.line import check

    print(f"parameters and claims are in order: {check(root)}")


def _params(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.params import Params, allowed, load_params

    params = load_params(root / "params.yaml")
    for section in Params.model_fields:
        print(section)
        model = getattr(params, section)
        for name, field in type(model).model_fields.items():
            unit = (field.json_schema_extra or {}).get("unit", "")
            print(f"  {name:28s} {getattr(model, name)!s:26s} {field.description} [{unit}] {allowed(field)}".rstrip())


def _fetch(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.data.fetch import fetch

    fetch(root)


def _stage(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.pipeline.stage import run_stage

    code_file = root / ".ecomplan" / "failed" / "exit_code"
    try:
        run_stage(root, options.name)
    except EcomplanError as error:  # dvc hides a command's exit code: `ecomplan report` reads it here
        code_file.parent.mkdir(parents=True, exist_ok=True)
        code_file.write_text(str(error.exit_code))
        raise


def _publish(root: Path, options: argparse.Namespace) -> None:
    from ecomplan.pipeline.tracking import publish

    print(f"{publish(root, print)} runs added")


def _compare(root: Path, options: argparse.Namespace) -> int:
    from ecomplan.pipeline.line import compare_metrics

    faults = compare_metrics(root)
    for fault in faults:
        print(fault)
    print(f"{len(faults)} metrics differ beyond their tolerance")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
