"""What the stages of risk share: the register of risks, what a loss is measured against, what we do not know."""
