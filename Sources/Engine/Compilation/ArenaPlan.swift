/// Where the buffers of a program stand in one piece of memory, those that live at different times
/// in the same place.
struct ArenaPlan {
  /// What a buffer needs: its size, and the first and the last step during which it holds something.
  struct Demand: Equatable {
    var byteCount: Int
    var firstStep: Int
    var lastStep: Int
  }

  /// Every buffer starts at a multiple of it: a cache line, and the widest vector register.
  static let alignment = 64

  /// The first byte of each buffer, in the order of the demands.
  let offsets: [Int]
  /// The size of the whole.
  let byteCount: Int

  /// Gives each buffer the lowest place that is free while it lives, the largest buffers first.
  ///
  /// - Complexity: O(*n*² log *n*) in the number of buffers.
  init(_ demands: [Demand]) {
    var offsets = [Int](repeating: 0, count: demands.count)
    var placed: [Int] = []
    var end = 0
    let order = demands.indices.sorted {
      (demands[$1].byteCount, $0) < (demands[$0].byteCount, $1)
    }
    for index in order {
      let demand = demands[index]
      let neighbours = placed.filter {
        demands[$0].firstStep <= demand.lastStep && demand.firstStep <= demands[$0].lastStep
      }.sorted { offsets[$0] < offsets[$1] }
      var offset = 0
      for neighbour in neighbours {
        if offset + demand.byteCount <= offsets[neighbour] { break }
        let behind = offsets[neighbour] + demands[neighbour].byteCount
        offset = max(offset, (behind + Self.alignment - 1) / Self.alignment * Self.alignment)
      }
      offsets[index] = offset
      placed.append(index)
      end = max(end, offset + demand.byteCount)
    }
    self.offsets = offsets
    byteCount = end
  }
}
