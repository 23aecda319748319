private import Tensors

/// The order in which an epoch goes through the training images.
///
/// Whatever it gives follows from the seed and the number of the epoch alone, so that a run can go
/// on at any epoch.
package struct EpochSampler: Sendable {
  /// Which images an epoch shows.
  package enum Order: String, Codable, Hashable, Sendable, CaseIterable {
    /// Each image once.
    case shuffled
    /// Each class equally often.
    case balanced
  }

  private let order: Order
  private let seed: UInt64
  private let count: Int
  /// The images of each class that has any.
  private let classes: [[Int]]

  /// - Parameters:
  ///   - targets: the labels of the training images.
  ///   - order: which images an epoch shows.
  ///   - seed: the seed of the run.
  /// - Precondition: classes are balanced only where labels exclude each other.
  package init(targets: LabelTargets, order: Order, seed: UInt64) {
    self.order = order
    self.seed = seed
    count = targets.count
    switch targets {
    case .exclusive(let labels):
      classes = Dictionary(grouping: labels.indices) { labels[$0] }
        .sorted { $0.key < $1.key }.map(\.value)
    case .independent:
      precondition(order == .shuffled, "an image of several classes is of none")
      classes = []
    }
  }

  /// The images of an epoch, as many as there are training images, in random order.
  ///
  /// ``Order/shuffled`` orders all images at random (Fisher and Yates). With ``Order/balanced`` and
  /// `C` classes, the epochs together make one endless sequence: its element `g = epoch · n + i`,
  /// for `i` in `0..<n`, is of the class of rank `g mod C`, and the `j = ⌊g / C⌋`-th that is taken
  /// from it. A class of `m` images gives them in the order of a random permutation, and of a new
  /// one each time that all were given: the image at `j mod m` of the permutation `⌊j / m⌋`. So
  /// within an epoch two classes differ by at most one image, and over all epochs so far, too.
  /// Each epoch's part of the sequence is then ordered at random.
  ///
  /// - Parameter epoch: the number of the epoch, from 0.
  /// - Returns: indices of training images.
  /// - Complexity: O(*n*).
  package func images(epoch: Int) -> [Int] {
    var images = order == .shuffled ? Array(0..<count) : balanced(epoch: epoch)
    var generator = RandomGenerator(seed: seed ^ Self.epochSalt, stream: UInt64(epoch))
    generator.shuffle(&images)
    return images
  }

  /// The parts of `0..<count` that are batches of nearly equal size: as few as hold at most
  /// `batchSize` each, whose sizes differ by at most one, larger ones first.
  ///
  /// 25 images in batches of at most 16 are 13 and 12.
  ///
  /// - Precondition: `batchSize` is positive.
  package static func batches(count: Int, batchSize: Int) -> [Range<Int>] {
    precondition(batchSize > 0, "a batch has an image")
    let batchCount = (count + batchSize - 1) / batchSize
    guard batchCount > 0 else { return [] }
    let (size, larger) = count.quotientAndRemainder(dividingBy: batchCount)
    return (0..<batchCount).map { batch in
      let start = batch * size + min(batch, larger)
      return start..<start + size + (batch < larger ? 1 : 0)
    }
  }

  private func balanced(epoch: Int) -> [Int] {
    var images: [Int] = []
    images.reserveCapacity(count)
    for (rank, members) in classes.enumerated() {
      var cycle = -1
      var permutation = members
      for draw in draws(before: epoch, rank: rank)..<draws(before: epoch + 1, rank: rank) {
        if draw / members.count != cycle {
          cycle = draw / members.count
          permutation = members
          var ofClass = RandomGenerator(seed: seed ^ Self.classSalt, stream: UInt64(rank))
          var generator = RandomGenerator(seed: ofClass.next(), stream: UInt64(cycle))
          generator.shuffle(&permutation)
        }
        images.append(permutation[draw % members.count])
      }
    }
    return images
  }

  /// How many elements of the endless sequence before an epoch are of the class of this rank: how
  /// many of `rank, rank + C, rank + 2 C, ...` are less than `epoch · n`.
  private func draws(before epoch: Int, rank: Int) -> Int {
    (epoch * count - rank + classes.count - 1) / classes.count
  }

  /// Keep the streams of epochs and classes apart from those that views of images are drawn from.
  private static let (epochSalt, classSalt): (UInt64, UInt64) = (
    0x5bd1_e995_7b9d_0f2d, 0xa076_1d64_78bd_642f
  )
}
