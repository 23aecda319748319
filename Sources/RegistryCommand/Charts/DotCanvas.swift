/// A raster of dots that is printed as braille letters, two by four dots each.
struct DotCanvas {
  /// Letters on a line.
  let columns: Int
  /// Lines of letters.
  let rows: Int
  private var dots: [UInt8]
  private var owners: [Int]

  /// An empty raster.
  init(columns: Int, rows: Int) {
    self.columns = columns
    self.rows = rows
    dots = Array(repeating: 0, count: columns * rows)
    owners = Array(repeating: 0, count: columns * rows)
  }

  /// Dots from side to side.
  var width: Int { columns * 2 }
  /// Dots from top to bottom.
  var height: Int { rows * 4 }

  /// Sets a dot; the origin is at the top left, and dots outside are left out.
  mutating func set(_ x: Int, _ y: Int, owner: Int) {
    guard (0..<width).contains(x), (0..<height).contains(y) else { return }
    // Unicode numbers the dots down the left column, then the right, then the lowest two.
    let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
    let cell = y / 4 * columns + x / 2
    dots[cell] |= bits[y % 4][x % 2]
    owners[cell] = owner
  }

  /// Draws a straight line after Bresenham, of which `isDrawn` may leave dots out by their number
  /// along the curve.
  mutating func line(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), owner: Int, number: inout Int,
    isDrawn: (Int) -> Bool
  ) {
    var (x, y) = start
    let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
    let (stepX, stepY) = (x < end.x ? 1 : -1, y < end.y ? 1 : -1)
    var error = dx + dy
    while true {
      if isDrawn(number) { set(x, y, owner: owner) }
      if (x, y) == end { return }
      number += 1
      let doubled = 2 * error
      if doubled >= dy {
        error += dy
        x += stepX
      }
      if doubled <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// A line of letters, each with the number of the curve that it belongs to; zero for none.
  func row(_ row: Int) -> [(letter: Character, owner: Int)] {
    (0..<columns).map { column in
      let cell = row * columns + column
      guard dots[cell] != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(dots[cell])) else {
        return (" ", 0)
      }
      return (Character(scalar), owners[cell])
    }
  }
}
