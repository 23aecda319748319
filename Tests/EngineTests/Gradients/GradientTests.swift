import Engine
import Networks
import Tensors
import Testing

struct GradientTests {
  @Test(arguments: GradientCase.all)
  func `small networks have PyTorch's gradients`(one: GradientCase) throws {
    try check(one, Set(one.network.map(\.name)), one.trained)
  }

  @Test(arguments: GradientCase.all)
  func `gradients pass through frozen layers as through PyTorch's`(one: GradientCase) throws {
    try check(one, ["pre"], one.frozen)
  }

  private func check(
    _ one: GradientCase, _ trainable: Set<String>, _ expected: [String: [Double]]
  ) throws {
    let (sums, kernels) = try one.sums(trainable: trainable, threads: 2)
    #expect(sums.count == expected.count)
    // Before a batch norm a gradient is a small difference of large numbers, of which single
    // precision leaves little: what is lost is measured by the network's largest gradient.
    let largest = sums.map(\.norm).max() ?? 0
    for (name, norm, product) in sums {
      let wanted = try #require(expected[name])
      let bound = 1e-4 * max(wanted[0], 0.1 * largest)
      #expect(abs(norm - wanted[0]) <= bound, "\(name): \(kernels)")
      #expect(abs(product - wanted[1]) <= bound, "\(name)")
    }
  }
}
