import Glibc
import Scheduling
import Simulation

// Serving policies on the two Azure traces, simulated: attainment of objectives by load, in units of the capacity of fcfs.
//
// usage: PolicyComparison FOLDER [requests]; FOLDER holds azure-llm-2023-{conversation,code}.csv.

func logarithm(_ x: Double) -> Double { log(x) }

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
  print("usage: PolicyComparison FOLDER [requests]")
  exit(2)
}
let count = arguments.count > 2 ? Int(arguments[2]) ?? 2_000 : 2_000
let traces = try ["conversation", "code"].map {
  try TraceLengths(path: "\(arguments[1])/azure-llm-2023-\($0).csv", dividedBy: 8)
}
try compare(traces, requestCount: count)
