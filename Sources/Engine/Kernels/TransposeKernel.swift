/// The axes of a tensor in another order, as `torch.permute`; row by row on both sides.
///
/// It is planned once, and then moves one image at a call.
struct TransposeKernel {
  /// An axis of the output: its extent, and how far its neighbours lie apart on both sides.
  private struct Axis {
    var extent: Int
    var from: Int
    var to: Int
  }

  /// All but the two below, outermost first.
  private let outer: [Axis]
  /// The axis along which the output is written without gaps.
  private let inner: Axis
  /// The axis along which the input is read without gaps, where that is another.
  private let across: Axis?

  /// Plans to give axis `order[i]` of the input the place `i` in the output.
  ///
  /// - Precondition: `order` has each axis of `extents` once, and there is one at least.
  init(_ extents: [Int], order: [Int]) {
    precondition(order.sorted() == Array(extents.indices) && !order.isEmpty, "an order of axes")
    var strides = [Int](repeating: 1, count: extents.count)
    for axis in extents.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * extents[axis + 1]
    }
    // Axes that stay together are one.
    var axes: [Axis] = []
    for axis in order where extents[axis] != 1 {
      if let last = axes.last, last.from == strides[axis] * extents[axis] {
        axes[axes.count - 1] = Axis(
          extent: last.extent * extents[axis], from: strides[axis], to: 1)
      } else {
        axes.append(Axis(extent: extents[axis], from: strides[axis], to: 1))
      }
    }
    if axes.isEmpty { axes = [Axis(extent: 1, from: 1, to: 1)] }
    for index in axes.indices.dropLast().reversed() {
      axes[index].to = axes[index + 1].to * axes[index + 1].extent
    }
    let inner = axes.removeLast()
    self.inner = inner
    // Where the inner axis is not it, another is read without gaps.
    across = axes.firstIndex { inner.from != 1 && $0.from == 1 }.map { axes.remove(at: $0) }
    outer = axes
  }

  /// The plan of the way back, which the gradient takes.
  static func backward(_ extents: [Int], order: [Int]) -> TransposeKernel {
    TransposeKernel(
      order.map { extents[$0] }, order: order.indices.map { order.firstIndex(of: $0) ?? 0 })
  }

  /// Moves the numbers of one image.
  func run(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>) {
    let count = outer.reduce(1) { $0 * $1.extent }
    for number in 0..<count {
      var rest = number
      var source = x
      var destination = y
      for axis in outer.reversed() {
        source += rest % axis.extent * axis.from
        destination += rest % axis.extent * axis.to
        rest /= axis.extent
      }
      if let across {
        Self.transpose(source, into: destination, across: across, inner: inner)
      } else {
        destination.update(from: source, count: inner.extent)
      }
    }
  }

  /// A matrix whose rows are read along `across` and written along `inner`, in squares that stay
  /// in the cache on both sides.
  private static func transpose(
    _ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, across: Axis, inner: Axis
  ) {
    let side = 16
    for firstRow in stride(from: 0, to: across.extent, by: side) {
      let lastRow = min(firstRow + side, across.extent)
      for firstColumn in stride(from: 0, to: inner.extent, by: side) {
        let lastColumn = min(firstColumn + side, inner.extent)
        for row in firstRow..<lastRow {
          let target = y + row * across.to
          let source = x + row
          for column in firstColumn..<lastColumn { target[column] = source[column * inner.from] }
        }
      }
    }
  }
}
