import COneDNN

/// Products of row-major matrices by oneDNN's `dnnl_sgemm`, on as many threads as OpenMP allows the
/// calling one.
///
/// Every function returns what the library says.
enum MatrixProductKernel {
  /// A matrix as it stands in memory, or its transpose.
  struct Factor {
    let base: UnsafePointer<Float>
    /// How far its rows lie apart.
    let stride: Int
    let isTransposed: Bool

    init(_ base: UnsafePointer<Float>, stride: Int, transposed: Bool = false) {
      self.base = base
      self.stride = stride
      isTransposed = transposed
    }
  }

  /// `c = scale a b`, or `c += scale a b`, for `a` `[m, k]`, `b` `[k, n]` and `c` `[m, n]`, whose rows
  /// lie `stride` apart.
  static func multiply(
    _ a: Factor, _ b: Factor, m: Int, n: Int, k: Int, scale: Float = 1, adding: Bool = false,
    into c: UnsafeMutablePointer<Float>, stride: Int
  ) -> dnnl_status_t {
    dnnl_sgemm(
      letter(a), letter(b), dnnl_dim_t(m), dnnl_dim_t(n), dnnl_dim_t(k), scale, a.base,
      dnnl_dim_t(a.stride), b.base, dnnl_dim_t(b.stride), adding ? 1 : 0, c, dnnl_dim_t(stride))
  }

  /// `c = a b` for each of `count` matrices `a` `[m, k]`, `b` `[k, n]`, one behind the other.
  static func forward(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, m: Int, n: Int, k: Int,
    into c: UnsafeMutablePointer<Float>
  ) -> dnnl_status_t {
    for index in 0..<count {
      let status = multiply(
        Factor(a + index * m * k, stride: k), Factor(b + index * k * n, stride: n), m: m, n: n,
        k: k, into: c + index * m * n, stride: n)
      if status != dnnl_success { return status }
    }
    return dnnl_success
  }

  /// The gradients of both factors, `da = dc bᵀ` and `db = aᵀ dc`; `nil` where one is not wanted.
  static func backward(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ dc: UnsafePointer<Float>, count: Int,
    m: Int, n: Int, k: Int, a da: UnsafeMutablePointer<Float>?,
    b db: UnsafeMutablePointer<Float>?
  ) -> dnnl_status_t {
    for index in 0..<count {
      let gradient = dc + index * m * n
      if let da {
        let status = multiply(
          Factor(gradient, stride: n), Factor(b + index * k * n, stride: n, transposed: true),
          m: m, n: k, k: n, into: da + index * m * k, stride: k)
        if status != dnnl_success { return status }
      }
      if let db {
        let status = multiply(
          Factor(a + index * m * k, stride: k, transposed: true), Factor(gradient, stride: n),
          m: k, n: n, k: m, into: db + index * k * n, stride: n)
        if status != dnnl_success { return status }
      }
    }
    return dnnl_success
  }

  private static func letter(_ factor: Factor) -> CChar {
    CChar(bitPattern: UInt8(ascii: factor.isTransposed ? "T" : "N"))
  }
}
