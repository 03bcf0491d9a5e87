import Plotting

extension ComparisonReport {
  /// One page that needs no other file.
  package var html: String {
    let settings = self.settings.map {
      "<tr><th>\($0.name.escapedForHTML)</th><td>\($0.value.escapedForHTML)</td></tr>\n"
    }
    let policies = plan.policies.map {
      "<dt>\($0.title.escapedForHTML)</dt><dd>\($0.summary.escapedForHTML)</dd>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title.escapedForHTML)</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <h1>\(title.escapedForHTML)</h1>
      <ul class="findings">
      \(findings.map { "<li>\($0.escapedForHTML)</li>\n" }.joined())</ul>
      <div class="wide">\(resultTable.html)</div>
      <p class="note">\(Self.note.escapedForHTML)</p>
      \(bars.svg)
      <h2>Entry points</h2>
      <div class="wide">\(entryPointTable.html)</div>
      <p class="note">\(Self.entryPointNote.escapedForHTML)</p>
      <h2>Over time</h2>
      <p class="note">Means over the seeds.</p>
      \(courses.svg)
      <h2>Policies</h2>
      <dl>
      \(policies.joined())</dl>
      <h2>Settings</h2>
      <table class="settings"><tbody>
      \(settings.joined())</tbody></table>
      <p>Made by, and made again by:</p>
      <pre>\(command.escapedForHTML)</pre>
      </body>
      </html>

      """
  }

  static let note = """
    Means over the seeds, with the least and the most where they differ. A window counts as kept when the SLO's \
    share of its requests was answered within the bound; failed requests count as late. Core-hours are reserved, \
    used or not. The winner keeps as many windows as the best, as far as the seeds tell (twice the standard error \
    of the differences, seed by seed), and is the cheapest that does; a bound does not compete.
    """

  static let entryPointNote = "Windows kept, and the 95th percentile of all requests' latency."

  private static let style = """
    :root{color-scheme:light dark;--ink:#1f2328;--quiet:#57606a;--line:#e3e7eb;--paper:#fff;--mark:#e8f3ec}
    @media (prefers-color-scheme: dark){
    :root{--ink:#e6edf3;--quiet:#9da7b1;--line:#2c333b;--paper:#0d1117;--mark:#12301f}}
    body{font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;color:var(--ink);
    background:var(--paper);max-width:960px;margin:2rem auto;padding:0 1rem}
    h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.5rem}
    .findings{padding-left:1.2rem}.findings li:first-child{font-weight:600}
    .wide{overflow-x:auto}
    table{border-collapse:collapse;font-size:13px}
    th,td{padding:.35rem .6rem;border-bottom:1px solid var(--line);text-align:right}
    th:first-child,td:first-child,.settings td{text-align:left}
    th{color:var(--quiet);font-weight:600}.winner td{background:var(--mark);font-weight:600}
    .note,dd{color:var(--quiet);font-size:13px}dt{font-weight:600}dd{margin:0 0 .5rem}
    pre{background:var(--line);padding:.8rem;overflow-x:auto}
    svg{max-width:100%;height:auto}
    """
}
