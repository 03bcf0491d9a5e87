"""What came of the requests of one run, token by token."""


class Run:
    """Times in milliseconds from the start of the run."""

    def __init__(self, folder):
        self.requests = []
        with open(f"{folder}/tokens.csv") as file:
            next(file)
            for line in file:
                _, due, planned, pieces = line.rstrip("\n").split(",")
                self.requests.append((float(due), int(planned), [float(time) for time in pieces.split()]))

    def first_tokens(self):
        """(due, time to the first token) of every request that got one."""
        return [(due, pieces[0] - due) for due, _, pieces in self.requests if pieces]

    def gaps(self):
        """(time, gap before it) of every token after a request's first."""
        return [(late, late - early) for _, _, pieces in self.requests for early, late in zip(pieces, pieces[1:])]

    @staticmethod
    def quantile(timed, share):
        values = sorted(value for _, value in timed)
        return values[min(int(share * len(values)), len(values) - 1)] if values else float("nan")

    def completion_rate(self, seats):
        """Requests a second that ended while every seat was taken: without the first fifth and the last seats."""
        ends = sorted(pieces[-1] / 1000 for _, _, pieces in self.requests if pieces)
        first, last = len(ends) // 5, len(ends) - seats
        return (last - first) / (ends[last] - ends[first])

    def refused(self, start, end):
        return sum(not pieces for due, _, pieces in self.requests if start <= due / 1000 < end)

    def offered(self, start, end):
        return sum(start <= due / 1000 < end for due, _, _ in self.requests)

    def late_first_tokens(self, objective, start, end):
        """The share of the requests due in that time whose first token was late or never came."""
        due = [(pieces[0] - due if pieces else float("inf")) for due, _, pieces in self.requests
               if start <= due / 1000 < end]
        return sum(value > objective for value in due) / max(len(due), 1)

    def late_tokens(self, objective, start, end):
        """The share of the tokens after the first that were late, of those due in that time.

        A token belongs to the time when it came, those of a refused request to the time when that was due.
        """
        late = total = 0
        for due, planned, pieces in self.requests:
            if not pieces:
                if start <= due / 1000 < end:
                    late, total = late + planned - 1, total + planned - 1
                continue
            for early, after in zip(pieces, pieces[1:]):
                if start <= after / 1000 < end:
                    total += 1
                    late += after - early > objective
        return late / max(total, 1)

    def series(self, timed, width, share=0.9):
        """The quantile in each stretch of `width` seconds, at its middle."""
        bins = {}
        for time, value in timed:
            bins.setdefault(int(time / 1000 / width), []).append((time, value))
        return [((index + 0.5) * width, self.quantile(values, share)) for index, values in sorted(bins.items())]

    def summary(self, objectives, start, end):
        return (f"in the burst {100 * self.late_tokens(objectives['itl'], start, end):.1f} % of the tokens and "
                f"{100 * self.late_first_tokens(objectives['ttft'], start, end):.1f} % of the first tokens late, "
                f"{self.refused(start, end)} of {self.offered(start, end)} refused")
