"""House rules that no linter knows: `python -m tests.house` prints every offence and exits 1 if there is any."""
