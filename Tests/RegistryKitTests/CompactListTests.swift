import Catalog
import FileSystem
import Tensors
import TestSupport
import Testing

@testable import RegistryKit

/// What an import keeps of many images gives back what was put in.
struct CompactListTests {
  @Test func `a list of candidates gives back each of them`() {
    let paths = [
      "a.png", "/a.png", "/", "", "photos/dog/a.png", "photos/dog/b.png", "photos//c.png", "./d",
      "photos/dog/", "ü/\u{301}e.png", "photos/wolf/\u{1F43A} 1.png", "photos/dog/a\nb.png",
    ]
    let candidates = paths.enumerated().map { index, path in
      ImageCandidate(
        path: path, labels: [["dog"], [], ["dog", "indoors"]][index % 3],
        split: [nil, "train", "validation", "test"][index % 4],
        group: [nil, "litter 1", "litter 2", nil, "litter 1"][index % 5])
    }
    var list = CandidateList()
    for candidate in candidates { list.append(candidate) }
    #expect(Array(list) == candidates)
    #expect(list.indices.map { list.path(at: $0) } == paths)
    #expect(CandidateList().isEmpty)
  }

  @Test func `a list of outcomes gives back each of them, in whatever order they come`() throws {
    var generator = SeededGenerator(seed: 61)
    let outcomes = (0..<200).map { number -> ImageIntake.Outcome in
      guard number % 7 != 3 else { return .rejected("Reason \(number)") }
      func bit() -> Bool { Bool.random(using: &generator) }
      func any(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
      return .image(
        ImageIntake.Accepted(
          record: ImageRecord(
            digest: Digest(of: [UInt8(number % 50)]), byteCount: any(0...Int.max),
            width: any(1...1 << 30), height: any(1...1 << 30),
            format: bit() ? "png" : "jpeg", channels: any(1...4), bitDepth: any(1...16),
            orientation: any(1...8), hasAlpha: bit(), hasColorProfile: bit(),
            perceptualHash: generator.next(), warning: bit() ? "Warning \(number)" : nil),
          identity: bit()
            ? FileIdentity(
              byteCount: any(0...Int.max), modifiedNanoseconds: any(Int.min...Int.max),
              inode: any(0...Int.max), device: any(0...Int.max)) : nil,
          isStored: bit(), isRecorded: bit()))
    }
    var list = OutcomeList(count: outcomes.count)
    for position in outcomes.indices.shuffled(using: &generator) {
      list[position] = outcomes[position]
    }
    for (position, expected) in outcomes.enumerated() {
      switch (list[position], expected) {
      case (.rejected(let found), .rejected(let reason)):
        #expect(found == reason && list.digest(at: position) == nil)
      case (.image(let found), .image(let accepted)):
        #expect(found.record == accepted.record && found.identity == accepted.identity)
        #expect(found.isStored == accepted.isStored && found.isRecorded == accepted.isRecorded)
        #expect(list.digest(at: position) == accepted.record.digest)
        #expect(list.isStored(at: position) == accepted.isStored)
      default: Issue.record("\(position) is of another kind")
      }
    }
  }
}
