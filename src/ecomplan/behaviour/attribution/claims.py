"""What the documents say about channels, and why these paths cannot decide it."""

from __future__ import annotations

from ecomplan.claims import Claims


def not_testable(claims: Claims) -> list[tuple[str, str]]:
    """(claim, reading) of the figures that name a channel, in words made from the registry."""
    livestream, social = claims["s3_attribution_livestream"], claims["s3_social_user_quality_gap"]
    return [
        (livestream.key, f"{livestream.what}: {livestream.value:g} % is told of one case. The channels of these paths "
                         "are unnamed, so none can be called live-stream. The method that would show it runs here."),
        (social.key, f"{social.what}: {social.value:+g} % is told of one case. The channels of these paths are "
                     "unnamed, so none can be called social or advertising. The gap between the best and the middle "
                     "channel is shown in its place."),
    ]
