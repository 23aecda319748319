import Tensors
import Testing

@testable import Training

struct LinearProductsTests {
  private static let widths = [1, 2, 3, 7, 8, 9, 16, 33, 257]

  private func draw(_ count: Int, _ generator: inout RandomGenerator) -> [Float] {
    (0..<count).map { _ in generator.normal() }
  }

  @Test(arguments: widths, [1, 5, 16, 17, 20, 300])
  func `products of every width agree with sums in double precision`(
    inWidth: Int, outWidth: Int
  ) {
    var generator = RandomGenerator(seed: UInt64(inWidth * 1000 + outWidth))
    let products = LinearProducts()
    for rows in [1, 3, 4, 6, 70] {
      let x = draw(rows * inWidth, &generator)
      let w = draw(outWidth * inWidth, &generator)
      let g = draw(rows * outWidth, &generator)
      let z = FloatBuffer(count: rows * outWidth)
      let weightGradient = FloatBuffer(count: outWidth * inWidth)
      let inputGradient = FloatBuffer(count: rows * inWidth)
      products.addOutputs(
        inputs: x, weights: w, to: z.base, rows: rows, inWidth: inWidth, outWidth: outWidth)
      products.addWeightGradient(
        outputGradient: g, inputs: x, to: weightGradient.base, rows: rows, inWidth: inWidth,
        outWidth: outWidth)
      products.addInputGradient(
        outputGradient: g, weights: w, to: inputGradient.base, rows: rows, inWidth: inWidth,
        outWidth: outWidth)
      var worst = 0.0
      for row in 0..<rows {
        for column in 0..<outWidth {
          let exact = (0..<inWidth).reduce(0.0) {
            $0 + Double(x[row * inWidth + $1]) * Double(w[column * inWidth + $1])
          }
          worst = max(worst, abs(exact - Double(z.base[row * outWidth + column])))
        }
      }
      for column in stride(from: 0, to: outWidth, by: 7) {
        for index in stride(from: 0, to: inWidth, by: 5) {
          let exact = (0..<rows).reduce(0.0) {
            $0 + Double(g[$1 * outWidth + column]) * Double(x[$1 * inWidth + index])
          }
          worst = max(
            worst, abs(exact - Double(weightGradient.base[column * inWidth + index])))
        }
      }
      for row in 0..<rows {
        let index = row % inWidth
        let exact = (0..<outWidth).reduce(0.0) {
          $0 + Double(g[row * outWidth + $1]) * Double(w[$1 * inWidth + index])
        }
        worst = max(worst, abs(exact - Double(inputGradient.base[row * inWidth + index])))
      }
      #expect(worst < 2e-4)
    }
  }
}
