extension Scheduler {
  mutating func makeSequence(_ request: Request, choice: Int) -> SequenceState {
    var profile = Profile(request, choice: choice, rank: nextRank)
    nextRank += 1
    profile.forecast = predictor.predict(profile)
    return SequenceState(
      request,
      profile: profile,
      standing: policy.standing(of: profile, capacity)
    )
  }

  mutating func enqueue(_ state: SequenceState) {
    let handle = waiting.insert(state)
    policy.enqueue(Ticket(handle: handle, standing: state.standing, profile: state.profile))
  }

  mutating func take(_ sample: StepResult.Sample, at now: Duration, for index: Int) {
    running[index].append(sample, at: now)
    let profile = running[index].profile
    if profile.generatedCount == 1 {
      releaseFollowers(of: profile.sequence)
      if !sample.features.isEmpty {
        running[index].profile.forecast = predictor.refine(profile, features: sample.features)
      }
    }
    guard sample.isLast else { return }
    predictor.learn(
      profile,
      features: running[index].features,
      newTokenCount: profile.generatedCount
    )
    running[index].leave(&pool)
    closeSequence(of: profile.sequence.request)
  }

  mutating func releaseFollowers(of leader: SequenceID) {
    guard leader.choice == 0, let parked = followers.removeValue(forKey: leader.request) else {
      return
    }
    followerCount -= parked.count
    for state in parked { enqueue(state) }
  }

  mutating func closeSequence(of request: RequestID) {
    guard var left = open[request] else { return }
    left.unfinishedCount -= 1
    open[request] = left.unfinishedCount == 0 ? nil : left
    let open = open
    deadlines.compact(openCount: open.count) { open[$0] != nil }
  }

  mutating func dropExpired(at now: Duration) {
    while let request = deadlines.popDue(at: now) {
      guard open[request] != nil else { continue }
      remove(request)
      plan.expired.append(request)
    }
  }
}
