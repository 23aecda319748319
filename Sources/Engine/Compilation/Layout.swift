import COneDNN
import Diagnostics
import Tensors

/// The order of an activation's numbers in memory.
enum Layout: Hashable {
  /// As PyTorch has it, row by row.
  case plain
  /// `[N, C / b, H, W, b]`: the floats of one vector register are `b` channels of one pixel.
  ///
  /// Named, not left to the library: version 3 would choose channels last for networks of
  /// depthwise convolutions, which is a fifth slower.
  case blocked

  /// The descriptor of a batch of values of that shape; of vectors where it is no picture's.
  func descriptor(_ shape: Shape, images: Int = 1) throws(RegistryError) -> MemoryDescriptor {
    guard shape.rank == 3 else {
      return try MemoryDescriptor([images, shape.elementCount], dnnl_nc)
    }
    return try MemoryDescriptor([images] + shape.extents, tag)
  }

  private var tag: dnnl_format_tag_t {
    switch self {
    case .plain: dnnl_nchw
    case .blocked: Device.channelBlock == 16 ? dnnl_nChw16c : dnnl_nChw8c
    }
  }
}
