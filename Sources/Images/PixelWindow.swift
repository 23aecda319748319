/// A rectangle of whole pixels within a picture.
package struct PixelWindow: Hashable, Sendable {
  /// The first column.
  package let left: Int
  /// The first row.
  package let top: Int
  /// How many columns there are.
  package let width: Int
  /// How many rows there are.
  package let height: Int

  /// - Precondition: at least one pixel, and no side before the picture's first column or row.
  package init(left: Int, top: Int, width: Int, height: Int) {
    precondition(left >= 0 && top >= 0 && width > 0 && height > 0, "a window has a pixel")
    self.left = left
    self.top = top
    self.width = width
    self.height = height
  }

  /// Whether a picture of that size has all pixels of the window.
  package func fits(width: Int, height: Int) -> Bool {
    left + self.width <= width && top + self.height <= height
  }
}
