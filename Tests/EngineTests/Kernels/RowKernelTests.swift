import Tensors
import Testing

@testable import Engine

/// Kernels on the last axis, and on tokens.
struct RowKernelTests {
  private static let sizes = (1...9).map { (3, $0) } + [(70, 17), (5, 40)]

  @Test(arguments: sizes)
  func `a layer norm is PyTorch's, and so are its gradients`(rows: Int, features: Int) throws {
    var golden = KernelGolden("layer norm \(rows) \(features)")
    let x = golden.draw(rows, features)
    let weight = golden.draw(features)
    let bias = golden.draw(features)
    let dy = golden.draw(rows, features)
    var y = [Float](repeating: .nan, count: x.count)
    var dx = y
    var mean = [Float](repeating: .nan, count: rows)
    var inverseDeviation = mean
    var dweight = [Float](repeating: 0, count: features)
    var dbias = dweight
    mean.withUnsafeMutableBufferPointer { mean in
      inverseDeviation.withUnsafeMutableBufferPointer { inverseDeviation in
        let statistics = LayerNormKernel.Statistics(
          mean: mean.baseAddress!, inverseDeviation: inverseDeviation.baseAddress!)
        LayerNormKernel.forward(
          x, weight: weight, bias: bias, rows: rows, features: features, epsilon: 1e-5, into: &y,
          saving: statistics)
        LayerNormKernel.backward(
          x, dy, weight: weight, statistics, rows: rows, features: features, into: &dx)
        for columns in [0..<features / 2, features / 2..<features] {
          LayerNormKernel.addParameterGradients(
            x, dy, statistics, rows: rows, features: features, columns: columns,
            weight: &dweight, bias: &dbias)
        }
      }
    }
    try golden.check("y", y, tolerance: 5e-6)
    if features == 1 {
      // It is its own mean.
      #expect(dx == [0, 0, 0] && dweight == [0])
    } else {
      // Of two, one is as far above the mean as the other is below: what is left is rounding.
      try golden.check("dx", dx, tolerance: features == 2 ? 1e-3 : 2e-5)
      try golden.check("dweight", dweight, tolerance: 1e-5)
    }
    try golden.check("dbias", dbias)
  }

  @Test(arguments: sizes)
  func `factors of the last axis multiply, and so do their gradients`(
    rows: Int, features: Int
  ) throws {
    var golden = KernelGolden("layer scale \(rows) \(features)")
    let x = golden.draw(rows, features)
    let s = golden.draw(features)
    let dy = golden.draw(rows, features)
    var y = [Float](repeating: .nan, count: x.count)
    LayerScaleKernel.forward(x, factors: s, rows: rows, features: features, into: &y)
    try golden.check("y", y)
    LayerScaleKernel.forward(dy, factors: s, rows: rows, features: features, into: &y)
    try golden.check("dx", y)
    var ds = [Float](repeating: 0, count: features)
    for columns in [0..<features / 3, features / 3..<features] {
      LayerScaleKernel.addFactorGradients(
        x, dy, rows: rows, features: features, columns: columns, into: &ds)
    }
    try golden.check("ds", ds)
  }

  @Test(arguments: sizes)
  func `a softmax is PyTorch's, and so is its gradient`(rows: Int, width: Int) throws {
    var golden = KernelGolden("softmax \(rows) \(width)")
    let x = golden.draw(rows, width, scale: 4)
    let dy = golden.draw(rows, width)
    var y = [Float](repeating: .nan, count: x.count)
    SoftmaxKernel.forward(x, rows: rows, width: width, into: &y)
    try golden.check("y", y)
    var dx = y
    SoftmaxKernel.backward(output: y, dy, rows: rows, width: width, into: &dx)
    if width > 1 { try golden.check("dx", dx, tolerance: 5e-6) }
  }

  @Test func `a softmax of numbers far apart neither overflows nor loses its sum`() {
    let x: [Float] = [-1e30, 1e30, 88, -88, 0, 1e30, -1e4, 5, 6]
    var y = [Float](repeating: .nan, count: 9)
    SoftmaxKernel.forward(x, rows: 1, width: 9, into: &y)
    #expect(y[1] == 0.5 && y[5] == 0.5)
    #expect(y.enumerated().allSatisfy { [1, 5].contains($0.offset) || $0.element < 1e-37 })
  }

  @Test func `a softmax does not hide what is not a number`() {
    var y = [Float](repeating: 0, count: 17)
    var x = counting(17)
    x[3] = .nan
    SoftmaxKernel.forward(x, rows: 1, width: 17, into: &y)
    #expect(y[3].isNaN && y[16].isNaN)
  }

  @Test(arguments: [(1, 1, 1, 1), (3, 5, 7, 2), (2, 17, 9, 33)])
  func `a matrix product is PyTorch's, and so are its gradients`(
    count: Int, m: Int, n: Int, k: Int
  ) throws {
    var golden = KernelGolden("matrix product \(count) \(m) \(n) \(k)")
    let a = golden.draw(count, m, k)
    let b = golden.draw(count, k, n)
    let dc = golden.draw(count, m, n)
    var c = [Float](repeating: .nan, count: dc.count)
    var da = [Float](repeating: .nan, count: a.count)
    var db = [Float](repeating: .nan, count: b.count)
    try check(
      MatrixProductKernel.forward(a, b, count: count, m: m, n: n, k: k, into: &c), "forward")
    try check(
      MatrixProductKernel.backward(a, b, dc, count: count, m: m, n: n, k: k, a: &da, b: &db),
      "backward")
    try golden.check("y", c)
    try golden.check("da", da)
    try golden.check("db", db)
  }

  @Test(arguments: [(1, 1, 1), (5, 3, 4), (17, 2, 8), (9, 1, 3)])
  func `attention is PyTorch's, and so is its gradient`(
    tokens: Int, heads: Int, width: Int
  ) throws {
    var golden = KernelGolden("attention \(tokens) \(heads) \(width)")
    let features = heads * width
    let x = golden.draw(tokens, 3 * features, scale: 4)
    let dy = golden.draw(tokens, features)
    let attention = AttentionKernel(tokens: tokens, features: features, heads: heads)
    var probabilities = [Float](repeating: .nan, count: attention.probabilityCount)
    var y = [Float](repeating: .nan, count: dy.count)
    var scratch = [Float](repeating: .nan, count: attention.backwardScratchCount)
    var dx = [Float](repeating: .nan, count: x.count)
    try check(attention.forward(x, probabilities: &probabilities, into: &y), "forward")
    try check(
      attention.backward(
        x, probabilities: probabilities, dy, scratch: &scratch, into: &dx), "backward")
    try golden.check("y", y, tolerance: 5e-6)
    try golden.check("dx", dx, tolerance: 1e-5)
  }

  @Test(arguments: [1, 5, 8, 17])
  func `a token stands before the others, and its gradient is its images' sum`(features: Int) {
    let x = counting(3 * features)
    let token = [Float](repeating: -1, count: features)
    var y = [Float](repeating: .nan, count: 4 * features)
    TokenKernel.prepend(token, to: x, tokens: 3, features: features, into: &y)
    #expect(y == token + x)
    var dx = [Float](repeating: .nan, count: 3 * features)
    TokenKernel.prependBackward(y, tokens: 3, features: features, into: &dx)
    #expect(dx == x)
    TokenKernel.add(x, to: dx, count: dx.count, into: &dx)
    #expect(dx == x.map { 2 * $0 })
    var sums = [Float](repeating: 1, count: features)
    for elements in [0..<features / 2, features / 2..<features] {
      TokenKernel.addImageSums(
        y + y.map { 3 * $0 }, images: 2, stride: 4 * features, elements: elements, into: &sums)
    }
    #expect(sums == [Float](repeating: -3, count: features))
  }

  @Test(arguments: [
    ([5], [0]), ([3, 5], [1, 0]), ([3, 5], [0, 1]), ([17, 33], [1, 0]), ([2, 3, 4], [0, 1, 2]),
    ([2, 3, 4], [0, 2, 1]), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [1, 2, 0]),
    ([20, 3, 19], [2, 0, 1]), ([2, 3, 4], [2, 1, 0]), ([1, 3, 4], [2, 1, 0]),
    ([2, 1, 4], [1, 2, 0]), ([1, 1, 1], [2, 0, 1]), ([2, 3, 4, 5], [2, 0, 3, 1]),
    ([2, 3, 4, 5], [0, 2, 1, 3]),
  ])
  func `axes are put into any order, and back`(extents: [Int], order: [Int]) {
    let x = counting(extents.reduce(1, *))
    // Every element by its place along each axis.
    var expected: [Float] = []
    let result = order.map { extents[$0] }
    for number in x.indices {
      var place = [Int](repeating: 0, count: extents.count)
      var rest = number
      for axis in result.indices.reversed() {
        place[order[axis]] = rest % result[axis]
        rest /= result[axis]
      }
      expected.append(x[zip(extents, place).reduce(0) { $0 * $1.0 + $1.1 }])
    }
    var y = [Float](repeating: .nan, count: x.count)
    TransposeKernel(extents, order: order).run(x, into: &y)
    #expect(y == expected)
    var back = [Float](repeating: .nan, count: x.count)
    TransposeKernel.backward(extents, order: order).run(y, into: &back)
    #expect(back == x)
  }
}
