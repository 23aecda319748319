import Networks
import RegistryKit
import Tensors
import Testing

struct LayerComparisonTests {
  /// A digest for each tensor, which depends on its name and on `variant`.
  private func digests(
    _ network: Network, variant: (String) -> String = { _ in "" }
  ) -> [String: Digest] {
    Dictionary(
      uniqueKeysWithValues: network.tensors.map {
        ($0.name, Digest(of: Array("\($0.name)\($0.shape)\(variant($0.name))".utf8)))
      })
  }

  private let base = Architecture.resNet18.network(labels: 2)

  @Test func `a version equals itself`() {
    let comparison = LayerComparison(
      from: base, digests(base), labels: ["dog", "wolf"], to: base, digests(base),
      labels: ["dog", "wolf"])
    #expect(comparison.count(.same) == base.layersWithTensors.count)
    #expect(comparison.newBytes == 0)
    #expect(
      comparison.sharedBytes
        == base.tensors.reduce(0) { $0 + $1.shape.elementCount * $1.scalarType.byteCount })
  }

  @Test func `a head for other labels is added, though its name and shape are the old ones`() {
    let child = digests(base) { $0.hasPrefix("fc.") ? "new" : "" }
    let comparison = LayerComparison(
      from: base, digests(base), labels: ["dog", "wolf"], to: base, child,
      labels: ["coyote", "jackal"])
    #expect(comparison.count(.same) == base.layersWithTensors.count - 1)
    #expect(comparison.entries.suffix(2).map(\.name) == ["fc", "fc"])
    #expect(comparison.entries.suffix(2).map(\.status) == [.dropped, .added])
    #expect(comparison.newBytes == 4 * (2 * 512 + 2))
  }

  @Test func `a head that was trained on for the same labels is retrained`() {
    let child = digests(base) { $0.hasPrefix("fc.") ? "new" : "" }
    let comparison = LayerComparison(
      from: base, digests(base), labels: ["dog", "wolf"], to: base, child,
      labels: ["dog", "wolf"])
    #expect(comparison.entries.last?.name == "fc")
    #expect(comparison.entries.last?.status == .retrained)
    #expect(comparison.count(.added) == 0)
  }

  @Test func `changed running statistics alone make a layer another one`() {
    let child = digests(base) { $0 == "bn1.running_mean" ? "drifted" : "" }
    let comparison = LayerComparison(
      from: base, digests(base), labels: ["dog", "wolf"], to: base, child,
      labels: ["dog", "wolf"])
    #expect(comparison.entries.filter { $0.status != .same }.map(\.name) == ["bn1"])
    #expect(comparison.newBytes == 4 * 64)
  }
}
