import Diagnostics
import Networks
import Testing

@testable import Training

struct NonFiniteLayerTests {
  private let layers = (0..<37).map { Layer("layer\($0)", .flatten, inputs: []) }

  @Test func `the first layer that gives no finite numbers is found in few tries`() {
    for wanted in layers.indices {
      var tries = 0
      let found = NonFiniteLayer.first(of: layers) { leading in
        tries += 1
        return leading.count <= wanted
      }
      #expect(found == "layer\(wanted)")
      #expect(tries <= 6)
    }
  }

  @Test func `with finite outputs everywhere it is the last layer, which the loss reads`() {
    #expect(NonFiniteLayer.first(of: layers) { _ in true } == "layer36")
  }

  @Test func `numbers of a range are finite or not`() {
    let buffer = FloatBuffer([1, .infinity, 2, .nan, -3])
    #expect(buffer.isFinite(in: 0..<1) && buffer.isFinite(in: 2..<3) && buffer.isFinite(in: 5..<5))
    #expect(!buffer.isFinite(in: 0..<2) && !buffer.isFinite(in: 3..<5))
  }
}
