"""What the user types: translate the arguments, call one use-case, render its result."""
