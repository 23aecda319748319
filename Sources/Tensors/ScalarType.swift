/// What one element of a tensor is.
///
/// Raw values are the names that safetensors uses.
package enum ScalarType: String, Sendable, Hashable, CaseIterable, Codable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint8 = "U8"
  case bool = "BOOL"

  /// The most bytes that an element of any type has.
  package static let maximumByteCount = 8

  /// Bytes of one element.
  package var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }
}
