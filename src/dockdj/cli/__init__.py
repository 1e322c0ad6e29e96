"""The command line: translate the arguments, call one use-case, render its result."""
