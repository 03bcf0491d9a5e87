def write_report(results, output): pass
