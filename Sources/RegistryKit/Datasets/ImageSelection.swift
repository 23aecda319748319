import Catalog
import Tensors

/// What a dataset gets of the files that were read: each image once, from the first file that holds it.
///
/// Keeps positions of files; whatever stands for an image is made when it is looked at, so that an import
/// of many takes little memory for each.
struct ImageSelection {
  /// Files that are no usable images, or contradict another one, by path.
  let rejected: [ImageImportResult.RejectedFile]
  /// Whether labels are independent.
  let isMultiLabel: Bool
  private(set) var addedCount = 0
  private(set) var storedCount = 0
  private(set) var duplicateCount = 0

  private let candidates: CandidateList
  private let outcomes: OutcomeList
  /// The files that stand for an image each, in their order.
  private let chosen: [Int32]
  /// The same by the digests of their images.
  private let chosenByDigest: [Int32]
  /// Whether a file holds an image of the dataset and contradicts no other.
  private let isTaken: [Bool]

  init(_ scan: ImageScan, _ outcomes: OutcomeList) {
    candidates = scan.candidates
    self.outcomes = outcomes
    isMultiLabel = scan.isMultiLabel
    var rejected = scan.rejected
    var isTaken = [Bool](repeating: false, count: outcomes.count)
    var images: [(digest: Digest, file: Int32)] = []
    images.reserveCapacity(outcomes.count)
    for file in outcomes.indices {
      if let digest = outcomes.digest(at: file) {
        images.append((digest, Int32(file)))
      } else if case .rejected(let reason) = outcomes[file] {
        rejected.append(.init(path: candidates.path(at: file), reason: reason))
      }
    }
    images.sort { ($0.digest, $0.file) < ($1.digest, $1.file) }
    var chosenByDigest: [Int32] = []
    chosenByDigest.reserveCapacity(images.count)
    var start = 0
    while start < images.count {
      let first = Int(images[start].file)
      let digest = images[start].digest
      chosenByDigest.append(images[start].file)
      isTaken[first] = true
      // Of files that are read at once any may have been the one that was stored.
      var isStored = outcomes.isStored(at: first)
      start += 1
      while start < images.count, images[start].digest == digest {
        let file = Int(images[start].file)
        isStored = isStored && outcomes.isStored(at: file)
        let (labels, known) = (candidates[file].labels, candidates[first].labels)
        if DatasetItem.ordered(labels) == DatasetItem.ordered(known) {
          isTaken[file] = true
          duplicateCount += 1
        } else {
          rejected.append(
            .init(
              path: candidates.path(at: file),
              reason: "It has the same bytes as \(candidates.path(at: first)), which is labelled "
                + "\(DatasetItem.ordered(known).inWords), not "
                + "\(DatasetItem.ordered(labels).inWords)."))
        }
        start += 1
      }
      if isStored { storedCount += 1 } else { addedCount += 1 }
    }
    rejected.sort { $0.path < $1.path }
    self.rejected = rejected
    self.isTaken = isTaken
    self.chosenByDigest = chosenByDigest
    chosen = chosenByDigest.sorted()
  }

  /// The images, in the order of their files.
  var entries: LazyMapCollection<Range<Int>, DatasetPlan.Entry> {
    chosen.indices.lazy.map { position in
      let file = Int(chosen[position])
      let candidate = candidates[file]
      guard case .image(let accepted) = outcomes[file] else {
        preconditionFailure("a chosen file holds an image")
      }
      return DatasetPlan.Entry(
        digest: accepted.record.digest, perceptualHash: accepted.record.perceptualHash,
        labels: DatasetItem.ordered(candidate.labels), path: candidate.path,
        split: candidate.split.flatMap(Split.init(rawValue:)), group: candidate.group)
    }
  }

  /// What is to be remembered of files.
  var files: some Collection<RememberedFile> {
    isTaken.indices.lazy.filter { isTaken[$0] }.compactMap { file in
      guard case .image(let accepted) = outcomes[file] else { return nil }
      return accepted.remembered(at: candidates.path(at: file))
    }
  }

  /// The records that the catalogue may lack, by digest: of images that it had not, and of those that
  /// come into the dataset.
  func images(of plan: DatasetPlan) -> some Collection<ImageRecord> {
    var isArriving = [Bool](repeating: false, count: outcomes.count)
    for entry in plan.addedEntries { isArriving[Int(chosen[entry])] = true }
    return chosenByDigest.lazy.compactMap { [isArriving] file in
      guard case .image(let accepted) = outcomes[Int(file)],
        !accepted.isRecorded || isArriving[Int(file)]
      else { return nil }
      return accepted.record
    }
  }
}

extension [String] {
  /// Labels as a sentence has them.
  var inWords: String { isEmpty ? "nothing" : joined(separator: ", ") }
}
