/// A record that lives in a ``Pool``.
protocol Pooled {
  /// How many records held this place before; the pool sets it.
  var generation: UInt32 { get set }
  /// The next free place; only the pool uses it, and only while the record is free.
  var nextFree: UInt32 { get set }
}

/// Records in one array whose places are used again: nothing is allocated once the busiest moment is over.
struct Pool<Record: Pooled> {
  private var records: [Record] = []
  private var firstFree = UInt32.max
  private(set) var liveCount = 0

  /// Places that exist, used or free.
  var capacity: Int { records.count }

  /// Whether the record is still the one that was meant.
  func isLive(_ reference: Reference) -> Bool {
    reference.place < records.count && records[reference.place].generation == reference.generation
  }

  subscript(reference: Reference) -> Record {
    get {
      assert(isLive(reference), "a record is used after its end")
      return records[reference.place]
    }
    _modify {
      assert(isLive(reference), "a record is used after its end")
      yield &records[reference.place]
    }
  }

  mutating func insert(_ record: Record) -> Reference {
    liveCount += 1
    var record = record
    guard firstFree != .max else {
      record.generation = 1
      records.append(record)
      return Reference(records.count - 1, generation: 1)
    }
    let place = Int(firstFree)
    firstFree = records[place].nextFree
    record.generation = records[place].generation
    records[place] = record
    return Reference(place, generation: record.generation)
  }

  mutating func remove(_ reference: Reference) {
    assert(isLive(reference), "a record is removed twice")
    liveCount -= 1
    records[reference.place].generation &+= 1
    records[reference.place].nextFree = firstFree
    firstFree = reference.index
  }

  /// Every live record with its reference.
  /// - Complexity: O(capacity); allocates.
  var live: [(reference: Reference, record: Record)] {
    var free: Set<UInt32> = []
    var next = firstFree
    while next != .max {
      free.insert(next)
      next = records[Int(next)].nextFree
    }
    return records.enumerated().filter { !free.contains(UInt32($0.offset)) }.map {
      (Reference($0.offset, generation: $0.element.generation), $0.element)
    }
  }
}
