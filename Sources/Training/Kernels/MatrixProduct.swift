/// A matrix that is read in place: `base[row * rowStride + column * columnStride]`.
struct MatrixView {
  let base: UnsafePointer<Float>
  let rowStride: Int
  let columnStride: Int

  /// A row-major matrix with `width` columns.
  init(_ base: UnsafePointer<Float>, width: Int) {
    self.init(base, rowStride: width, columnStride: 1)
  }

  private init(_ base: UnsafePointer<Float>, rowStride: Int, columnStride: Int) {
    self.base = base
    self.rowStride = rowStride
    self.columnStride = columnStride
  }

  /// The same numbers with rows and columns exchanged.
  var transposed: MatrixView {
    MatrixView(base, rowStride: columnStride, columnStride: rowStride)
  }
}

/// Matrix multiplication in single precision, with its packing memory.
///
/// Both factors are copied block by block into the order in which the innermost loop reads them
/// (Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", 2008). Every
/// element is summed in one order that depends only on the depth, never on the other elements: a
/// row of a product is the same whatever rows stand beside it.
final class MatrixProduct {
  private static let tileRows = 4
  private static let tileColumns = 8
  private static let blockRows = 64
  private static let blockColumns = 256
  private static let blockDepth = 256

  private let left = FloatBuffer(count: blockRows * blockDepth)
  private let right = FloatBuffer(count: blockDepth * blockColumns)

  /// `c += a b` for `a` `[rows, depth]`, `b` `[depth, columns]` and a row-major `c`.
  ///
  /// - Complexity: O(rows * columns * depth).
  func add(
    _ a: MatrixView, times b: MatrixView, to c: UnsafeMutablePointer<Float>,
    rows: Int, columns: Int, depth: Int
  ) {
    for k in stride(from: 0, to: depth, by: Self.blockDepth) {
      let blockDepth = min(Self.blockDepth, depth - k)
      for j in stride(from: 0, to: columns, by: Self.blockColumns) {
        let blockColumns = min(Self.blockColumns, columns - j)
        Self.pack(
          b.transposed, from: (j, k), lines: blockColumns, depth: blockDepth,
          width: Self.tileColumns, into: right.base)
        for i in stride(from: 0, to: rows, by: Self.blockRows) {
          let blockRows = min(Self.blockRows, rows - i)
          Self.pack(
            a, from: (i, k), lines: blockRows, depth: blockDepth, width: Self.tileRows,
            into: left.base)
          multiplyBlock(
            rows: blockRows, columns: blockColumns, depth: blockDepth,
            into: c + i * columns + j, width: columns)
        }
      }
    }
  }

  /// Copies lines into panels of `width` lines each: all lines' first numbers, then their second.
  ///
  /// Lines that are missing from the last panel are zeros.
  private static func pack(
    _ matrix: MatrixView, from start: (line: Int, depth: Int), lines: Int, depth: Int, width: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    var panel = target
    let along = matrix.columnStride
    let across = matrix.rowStride
    for first in stride(from: 0, to: lines, by: width) {
      let source = matrix.base + (start.line + first) * across + start.depth * along
      let present = min(width, lines - first)
      if present < width { panel.update(repeating: 0, count: width * depth) }
      if across == 1 {
        for k in 0..<depth {
          for line in 0..<present { panel[k * width + line] = source[k * along + line] }
        }
      } else {
        for line in 0..<present {
          let from = source + line * across
          for k in 0..<depth { panel[k * width + line] = from[k * along] }
        }
      }
      panel += width * depth
    }
  }

  private func multiplyBlock(
    rows: Int, columns: Int, depth: Int, into c: UnsafeMutablePointer<Float>, width: Int
  ) {
    for j in stride(from: 0, to: columns, by: Self.tileColumns) {
      for i in stride(from: 0, to: rows, by: Self.tileRows) {
        Self.multiplyTile(
          left.base + i * depth, right.base + j * depth, depth: depth,
          rows: min(Self.tileRows, rows - i), columns: min(Self.tileColumns, columns - j),
          into: c + i * width + j, width: width)
      }
    }
  }

  /// A tile of 4 rows and 8 columns, which stays in registers over the whole depth.
  private static func multiplyTile(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, depth: Int, rows: Int, columns: Int,
    into c: UnsafeMutablePointer<Float>, width: Int
  ) {
    var sums = (
      SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero
    )
    var a = a
    var b = b
    for _ in 0..<depth {
      let row = load(b)
      sums.0 += row * a[0]
      sums.1 += row * a[1]
      sums.2 += row * a[2]
      sums.3 += row * a[3]
      a += tileRows
      b += tileColumns
    }
    add(sums.0, to: c, columns: columns)
    if rows > 1 { add(sums.1, to: c + width, columns: columns) }
    if rows > 2 { add(sums.2, to: c + 2 * width, columns: columns) }
    if rows > 3 { add(sums.3, to: c + 3 * width, columns: columns) }
  }

  @inline(__always)
  private static func add(
    _ sums: SIMD8<Float>, to c: UnsafeMutablePointer<Float>, columns: Int
  ) {
    if columns == tileColumns {
      store(load(c) + sums, to: c)
    } else {
      for column in 0..<columns { c[column] += sums[column] }
    }
  }
}

// Each file of kernels has these two of its own: debug builds do not inline across files.
@inline(__always)
private func load(_ pointer: UnsafePointer<Float>) -> SIMD8<Float> {
  UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self)
}

@inline(__always)
private func store(_ value: SIMD8<Float>, to pointer: UnsafeMutablePointer<Float>) {
  UnsafeMutableRawPointer(pointer).storeBytes(of: value, as: SIMD8<Float>.self)
}
