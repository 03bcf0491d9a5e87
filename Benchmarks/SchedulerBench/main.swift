import Glibc
import Scheduling

// How long `Scheduler.plan` takes while ten thousand requests wait, for every policy that ships.
//
// The contract is 200 µs at the 99th percentile for fcfs, priority and plimsoll; the exit status tells whether it holds.

let contract = Duration.microseconds(200)
let bound: Set<PolicyName> = [.fcfs, .priority, .plimsoll]

var isKept = true
print("policy        p50 µs    p99 µs    max µs   starts")
for name in PolicyName.allCases {
  let figures = measure(name)
  print(figures)
  if bound.contains(name), figures.percentile99 > contract { isKept = false }
}
if !isKept {
  print("a policy that must not takes longer than \(contract) to plan a step")
  exit(1)
}
