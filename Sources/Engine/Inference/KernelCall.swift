import COneDNN

/// A kernel of our own, with everything that it knows before it sees an image.
struct KernelCall {
  /// For example `own:layer norm`.
  let name: String
  /// How many floats it needs for itself while it runs.
  let scratchCount: Int
  /// Computes one image, and returns whether that succeeded.
  let run: (Operands) -> dnnl_status_t

  /// What a kernel reads and writes, in a thread's own memory.
  struct Operands {
    /// The output, then the inputs.
    let places: UnsafePointer<UnsafeMutablePointer<Float>>
    let scratch: UnsafeMutablePointer<Float>

    var output: UnsafeMutablePointer<Float> { places[0] }

    subscript(input: Int) -> UnsafePointer<Float> { UnsafePointer(places[1 + input]) }
  }
}
