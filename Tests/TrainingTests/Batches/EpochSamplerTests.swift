import Testing
import Training

struct EpochSamplerTests {
  @Test func `a shuffled epoch shows each image once, in an order of its own`() {
    let sampler = EpochSampler(
      targets: .exclusive([Int](repeating: 0, count: 50)), order: .shuffled, seed: 4)
    let epochs = (0..<5).map { sampler.images(epoch: $0) }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<50)) }
    #expect(Set(epochs).count == 5)
    let again = EpochSampler(
      targets: .exclusive([Int](repeating: 0, count: 50)), order: .shuffled, seed: 4)
    #expect(again.images(epoch: 3) == epochs[3])
    let other = EpochSampler(
      targets: .exclusive([Int](repeating: 0, count: 50)), order: .shuffled, seed: 5)
    #expect(other.images(epoch: 3) != epochs[3])
  }

  @Test func `a balanced epoch shows each class equally often, and cycles through its images`() {
    let labels = [Int](repeating: 2, count: 17) + [5, 5, 5] + [Int](repeating: 9, count: 6)
    let sampler = EpochSampler(targets: .exclusive(labels), order: .balanced, seed: 4)
    var counts = [Int](repeating: 0, count: labels.count)
    for epoch in 0..<12 {
      let images = sampler.images(epoch: epoch)
      #expect(images.count == labels.count)
      var inEpoch: [Int: Int] = [:]
      for image in images {
        counts[image] += 1
        inEpoch[labels[image], default: 0] += 1
      }
      #expect([2, 5, 9].allSatisfy { (8...9).contains(inEpoch[$0] ?? 0) })
      for label in [2, 5, 9] {
        let ofClass = labels.indices.filter { labels[$0] == label }.map { counts[$0] }
        // Within a class nothing is taken again before everything was.
        #expect(ofClass.max()! - ofClass.min()! <= 1)
      }
    }
    #expect(counts.reduce(0, +) == 12 * labels.count)
    let totals = [2, 5, 9].map { label in
      labels.indices.filter { labels[$0] == label }.reduce(0) { $0 + counts[$1] }
    }
    #expect(totals == [104, 104, 104])
    // An epoch does not need those before it.
    let again = EpochSampler(targets: .exclusive(labels), order: .balanced, seed: 4)
    #expect(again.images(epoch: 7) == sampler.images(epoch: 7))
  }

  @Test func `nothing to train on gives empty epochs`() {
    for order in EpochSampler.Order.allCases {
      #expect(EpochSampler(targets: .exclusive([]), order: order, seed: 1).images(epoch: 2).isEmpty)
      #expect(EpochSampler(targets: .exclusive([3]), order: order, seed: 1).images(epoch: 2) == [0])
    }
  }

  @Test func `batches are nearly equal`() {
    #expect(EpochSampler.batches(count: 25, batchSize: 16) == [0..<13, 13..<25])
    #expect(EpochSampler.batches(count: 32, batchSize: 16) == [0..<16, 16..<32])
    #expect(EpochSampler.batches(count: 3, batchSize: 16) == [0..<3])
    #expect(EpochSampler.batches(count: 0, batchSize: 16).isEmpty)
    for count in 1...70 {
      for size in 1...20 {
        let batches = EpochSampler.batches(count: count, batchSize: size)
        let sizes = batches.map(\.count)
        #expect(batches.flatMap(Array.init) == Array(0..<count))
        #expect(batches.count == (count + size - 1) / size)
        #expect(sizes.max()! <= size && sizes.max()! - sizes.min()! <= 1)
      }
    }
  }
}
