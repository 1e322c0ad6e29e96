"""Every figure of docs/performance.md as a command: `make bench`. Figures are ratios taken in one run."""
