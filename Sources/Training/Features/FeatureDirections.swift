private import Tensors

/// The directions in which the features of images point, to find images that a network sees as
/// nearly the same.
///
/// Features are centred at their mean, since those behind a ReLU all lie in one corner of their
/// space.
package struct FeatureDirections: Sendable {
  private let featureCount: Int
  /// `[N, F]`, each row with a length of one, or zero for an image that is the mean.
  private let rows: [Float]
  /// How many images there are: N.
  package let count: Int

  /// - Parameters:
  ///   - features: `[N, F]`, row by row.
  ///   - featureCount: F.
  package init(of features: [Float], featureCount: Int) {
    self.featureCount = featureCount
    count = features.count / featureCount
    var rows = features
    let count = self.count
    rows.withUnsafeMutableBufferPointer { rows in
      for column in 0..<featureCount {
        var sum = 0.0
        for row in 0..<count { sum += Double(rows[row * featureCount + column]) }
        let mean = Float(sum / Double(max(count, 1)))
        for row in 0..<count { rows[row * featureCount + column] -= mean }
      }
      for row in 0..<count {
        let part = row * featureCount..<(row + 1) * featureCount
        let length = part.reduce(0) { $0 + rows[$1] * rows[$1] }.squareRoot()
        if length > 0 { for index in part { rows[index] /= length } }
      }
    }
    self.rows = rows
  }

  /// The cosine of the angle between the directions of two images.
  package func cosine(_ first: Int, _ second: Int) -> Double {
    rows.withUnsafeBufferPointer { rows in
      rows.baseAddress.map {
        Double(
          VectorMath.dot(
            $0 + first * featureCount, $0 + second * featureCount, count: featureCount))
      } ?? 0
    }
  }

  /// 64 bits for each image: on which side of random hyperplanes it lies.
  ///
  /// An angle *θ* between two images changes 64 *θ* / *π* bits on average
  /// (Charikar, "Similarity estimation techniques from rounding algorithms", 2002).
  ///
  /// - Parameter stream: Which hyperplanes; the same ones for every check.
  /// - Returns: The bits of each image.
  /// - Complexity: O(*N* *F*).
  package func signatures(stream: Int) -> [UInt64] {
    var generator = RandomGenerator(seed: 0, stream: UInt64(stream))
    let planes = (0..<64 * featureCount).map { _ in generator.normal() }
    return rows.withUnsafeBufferPointer { rows in
      planes.withUnsafeBufferPointer { planes in
        guard let first = rows.baseAddress, let normals = planes.baseAddress else { return [] }
        return (0..<count).map { row in
          (0..<64).reduce(into: UInt64(0)) { bits, plane in
            let side = VectorMath.dot(
              first + row * featureCount, normals + plane * featureCount, count: featureCount)
            if side > 0 { bits |= 1 << UInt64(plane) }
          }
        }
      }
    }
  }
}
