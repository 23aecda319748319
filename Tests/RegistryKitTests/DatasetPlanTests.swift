import Catalog
import RegistryKit
import Tensors
import TestSupport
import Testing

struct DatasetPlanTests {
  private let draw = SplitDraw(fractions: .standard, seed: 7)

  private func entry(
    _ number: Int, hash: UInt64? = nil, label: String = "dog", split: Split? = nil,
    group: String? = nil
  ) -> DatasetPlan.Entry {
    DatasetPlan.Entry(
      digest: Digest(of: Array("image \(number)".utf8)),
      perceptualHash: hash ?? UInt64(number) &* 0x9e37_79b9_7f4a_7c15, labels: [label],
      path: "\(label)/\(number).png", split: split, group: group)
  }

  @Test func `shares and seeds decide how many images each split gets`() {
    let plan = DatasetPlan((0..<4000).map { entry($0) }, existing: [], draw: draw)
    let counts = Dictionary(grouping: plan.items, by: \.split).mapValues(\.count)
    #expect(abs(counts[.train]! - 2800) < 120)
    #expect(abs(counts[.validation]! - 600) < 90)
    #expect(abs(counts[.test]! - 600) < 90)
    let other = DatasetPlan(
      (0..<4000).map { entry($0) }, existing: [],
      draw: SplitDraw(fractions: .standard, seed: 8))
    #expect(zip(plan.items, other.items).contains { $0.split != $1.split })
  }

  @Test func `adding images moves none of the old ones`() {
    let first = DatasetPlan((0..<300).map { entry($0) }, existing: [], draw: draw)
    let second = DatasetPlan((0..<500).map { entry($0) }, existing: first.items, draw: draw)
    #expect(second.removed.isEmpty)
    #expect(second.items.map(\.digest) == (300..<500).map { entry($0).digest })
    let atOnce = DatasetPlan((0..<500).map { entry($0) }, existing: [], draw: draw)
    #expect(Set(atOnce.items) == Set(first.items + second.items))
  }

  @Test func `the same images again change nothing`() {
    let first = DatasetPlan((0..<50).map { entry($0) }, existing: [], draw: draw)
    let again = DatasetPlan((0..<50).map { entry($0) }, existing: first.items, draw: draw)
    #expect(again.items.isEmpty && again.removed.isEmpty && again.leaks.isEmpty)
  }

  @Test func `near duplicates share a split, and a new one joins the old`() {
    // Hashes in pairs that differ in one bit.
    let entries = (0..<400).map {
      entry($0, hash: (UInt64($0 / 2) &* 0x9e37_79b9_7f4a_7c15) ^ UInt64($0 % 2))
    }
    let plan = DatasetPlan(entries, existing: [], draw: draw)
    for index in stride(from: 0, to: 400, by: 2) {
      #expect(plan.items[index].split == plan.items[index + 1].split)
    }
    let evens = DatasetPlan(
      entries.enumerated().filter { $0.offset % 2 == 0 }.map(\.element), existing: [], draw: draw)
    let joined = DatasetPlan(entries, existing: evens.items, draw: draw)
    #expect(joined.removed.isEmpty)
    let splits = Dictionary(
      uniqueKeysWithValues: (evens.items + joined.items).map { ($0.digest, $0.split) })
    for index in stride(from: 0, to: 400, by: 2) {
      #expect(splits[entries[index].digest] == splits[entries[index + 1].digest])
    }
    #expect(joined.leaks.isEmpty)
  }

  @Test func `images of one group share a split`() {
    let plan = DatasetPlan(
      (0..<300).map { entry($0, group: "video \($0 / 10)") }, existing: [], draw: draw)
    for items in Dictionary(grouping: plan.items, by: \.group).values {
      #expect(Set(items.map(\.split)).count == 1)
    }
    #expect(Set(plan.items.map(\.split)).count == 3)
  }

  @Test func `images that come into a group go where the group is`() {
    let plan = DatasetPlan(
      (0..<200).map { entry($0, group: "video \($0 / 10)") }, existing: [], draw: draw)
    let later = DatasetPlan(
      (200..<300).map { entry($0, group: "video \($0 % 20)") }, existing: plan.items,
      draw: SplitDraw(fractions: .standard, seed: 99))
    #expect(later.removed.isEmpty && later.items.count == 100)
    let splits = Dictionary(grouping: plan.items + later.items, by: \.group)
    #expect(splits.values.allSatisfy { items in Set(items.map(\.split)).count == 1 })
  }

  @Test func `grouping a dataset afterwards brings each group together`() {
    let first = DatasetPlan((0..<300).map { entry($0) }, existing: [], draw: draw)
    let grouped = DatasetPlan(
      (0..<300).map { entry($0, group: "video \($0 / 10)") }, existing: first.items, draw: draw)
    #expect(grouped.items.count == 300)
    for items in Dictionary(grouping: grouped.items, by: \.group).values {
      #expect(Set(items.map(\.split)).count == 1)
    }
    // Who says nothing of groups later leaves them as they are.
    let again = DatasetPlan(
      (0..<300).map { entry($0) }, existing: grouped.items, draw: draw)
    #expect(again.items.isEmpty && again.removed.isEmpty)
  }

  @Test func `a plan needs no more of a dataset than what arrives and what is near`() {
    let entries = (0..<400).map { number in
      entry(number, hash: UInt64(number / 2) &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(number % 2))
    }
    let whole = DatasetPlan(Array(entries[..<300]), existing: [], draw: draw)
    let arriving = [entry(299, hash: entries[299].perceptualHash, label: "wolf"), entries[301]]
    let relevant = whole.items.filter { item in
      arriving.contains {
        $0.digest == item.digest || ($0.perceptualHash ^ item.perceptualHash).nonzeroBitCount <= 3
      }
    }
    let partial = DatasetPlan(arriving, existing: relevant, draw: draw)
    let full = DatasetPlan(arriving, existing: whole.items, draw: draw)
    #expect(relevant.count < 10)
    #expect(Set(partial.items) == Set(full.items))
    #expect(partial.removed == full.removed && partial.items.count == 2)
  }

  @Test func `splits that are stated hold, and near duplicates across them are reported`() {
    let plan = DatasetPlan(
      [entry(1, hash: 0, split: .train), entry(2, hash: 1, split: .test)], existing: [],
      draw: draw)
    #expect(plan.items.map(\.split) == [.train, .test])
    #expect(plan.leaks.map(\.splits) == [["train", "test"]])
    #expect(plan.leaks.first?.distance == 1)
    #expect(plan.leaks.first?.paths == ["dog/1.png", "dog/2.png"])
  }

  @Test func `a new label replaces the old one and keeps the split`() {
    let first = DatasetPlan((0..<40).map { entry($0) }, existing: [], draw: draw)
    let relabelled = DatasetPlan(
      [entry(3, label: "wolf")], existing: first.items, draw: draw)
    #expect(relabelled.removed == [entry(3).digest])
    #expect(relabelled.items.map(\.label) == ["wolf"])
    #expect(relabelled.items.first?.split == first.items[3].split)
  }

  @Test func `another seed draws all images anew when that is asked for`() {
    let first = DatasetPlan((0..<200).map { entry($0) }, existing: [], draw: draw)
    let other = SplitDraw(fractions: .standard, seed: 8)
    let redrawn = DatasetPlan(
      (0..<200).map { entry($0) }, existing: first.items, draw: other, redraws: true)
    let fresh = DatasetPlan((0..<200).map { entry($0) }, existing: [], draw: other)
    let old = Dictionary(uniqueKeysWithValues: first.items.map { ($0.digest, $0.split) })
    #expect(redrawn.items == fresh.items.filter { old[$0.digest] != $0.split })
    #expect(!redrawn.items.isEmpty)
  }

  @Test(arguments: [
    SplitFractions(train: 0, validation: 0.5, test: 0.5),
    SplitFractions(train: 0.7, validation: 0.2, test: 0.2),
    SplitFractions(train: 1.2, validation: -0.1, test: -0.1),
    SplitFractions(train: .nan, validation: 0.5, test: 0.5),
  ])
  func `shares that are no split are refused`(fractions: SplitFractions) {
    #expect(throws: (any Error).self) { try fractions.check() }
  }
}

extension DatasetPlan {
  /// What is added, as an array.
  fileprivate var items: [DatasetItem] { Array(added) }
}
