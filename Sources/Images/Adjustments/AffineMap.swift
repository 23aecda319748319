private import Glibc

/// Where each point of a new picture lies in the old one:
/// `(a x + b y + c, d x + e y + f)` for the point `(x, y)`.
///
/// Points are measured in pixels from the top left corner, so that the centre of the first pixel is
/// `(0.5, 0.5)`. The six numbers are those of Pillow's `Image.transform` with `AFFINE`.
package struct AffineMap: Hashable, Sendable {
  /// What the old x takes from the new x, the new y and one.
  package let (a, b, c): (Double, Double, Double)
  /// What the old y takes from the new x, the new y and one.
  package let (d, e, f): (Double, Double, Double)

  /// A map with these coefficients.
  package init(_ a: Double, _ b: Double, _ c: Double, _ d: Double, _ e: Double, _ f: Double) {
    (self.a, self.b, self.c) = (a, b, c)
    (self.d, self.e, self.f) = (d, e, f)
  }

  /// The map that turns a picture of that size about its centre, counterclockwise by `degrees`, as
  /// Pillow's `Image.rotate`.
  package static func rotation(degrees: Double, width: Int, height: Int) -> AffineMap {
    let angle = -degrees * .pi / 180
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    // Rounded, so that a quarter turn is exact.
    let (cosine, sine) = (
      (cos(angle) * 1e15).rounded() / 1e15, (sin(angle) * 1e15).rounded() / 1e15
    )
    return AffineMap(
      cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y)
  }

  /// The map that moves a picture `x` pixels to the left and `y` pixels up.
  package static func translation(x: Double, y: Double) -> AffineMap {
    AffineMap(1, 0, x, 0, 1, y)
  }

  /// The map that shears a picture: each row moves left by `x` times its distance from the top, each
  /// column up by `y` times its distance from the left.
  package static func shear(x: Double, y: Double) -> AffineMap { AffineMap(1, x, 0, y, 1, 0) }
}
