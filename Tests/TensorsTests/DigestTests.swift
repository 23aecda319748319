import Diagnostics
import Foundation
import Tensors
import TestSupport
import Testing

struct DigestTests {
  /// FIPS 180-2, appendix B.1.
  @Test func `the digest of abc is the one in the standard`() {
    #expect(
      Digest(of: Array("abc".utf8)).hexadecimal
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  @Test func `a digest survives the way through text and bytes`() throws {
    let digest = Digest(of: [1, 2, 3])
    #expect(Digest(hexadecimal: digest.hexadecimal) == digest)
    #expect(Digest(hexadecimal: digest.hexadecimal.uppercased()) == digest)
    #expect(Digest(bytes: digest.bytes) == digest)
  }

  @Test(arguments: ["", "12", String(repeating: "g", count: 64), String(repeating: "a", count: 65)])
  func `other text is no digest`(text: String) {
    #expect(Digest(hexadecimal: text) == nil)
  }

  @Test func `a tensor's digest depends on its type and shape`() {
    let row = Tensor(shape: [1, 4], [0, 0, 0, 0])
    let column = Tensor(shape: [4, 1], [0, 0, 0, 0])
    #expect(row.digest() != column.digest())
    #expect(row.digest() == Tensor(shape: [1, 4], [0, 0, 0, 0]).digest())
    let text = Array("F32 [1, 4]\n".utf8) + [UInt8](repeating: 0, count: 16)
    #expect(row.digest() == Digest(of: text))
  }

  @Test func `half-precision numbers convert exactly`() {
    #expect(Float(halfPrecisionBits: 0x3c00) == 1)
    #expect(Float(halfPrecisionBits: 0xc000) == -2)
    #expect(Float(halfPrecisionBits: 0x7bff) == 65504)
    #expect(Float(halfPrecisionBits: 0x0001) == Float(sign: .plus, exponent: -24, significand: 1))
    #expect(Float(halfPrecisionBits: 0x8000).sign == .minus)
    #expect(Float(halfPrecisionBits: 0x7c00) == .infinity)
    #expect(Float(halfPrecisionBits: 0x7e00).isNaN)
  }

  @Test func `a missing file is reported by its path`() {
    let error = #expect(throws: RegistryError.self) {
      try ByteStorage(mapping: "/nonexistent/weights")
    }
    #expect(error?.code == .noSuchFile)
    #expect(error?.place == .file("/nonexistent/weights"))
  }

  @Test(.timeLimit(.minutes(1)))
  func `a folder, a device and a pipe without a writer are no files to map`() throws {
    try withTemporaryFolder { folder in
      let pipe = folder.appending(path: "pipe").path
      #expect(mkfifo(pipe, 0o600) == 0)
      for path in [folder.path, "/dev/null", pipe] {
        let error = #expect(throws: RegistryError.self) { try ByteStorage(mapping: path) }
        #expect(error?.code.name == "not_a_file")
        #expect(error?.place == .file(path))
      }
    }
  }

  @Test func `negative and uncountable shapes are refused`() {
    #expect(throws: RegistryError.self) { try Shape(checking: [-1]) }
    #expect(throws: RegistryError.self) { try Shape(checking: [1 << 40, 1 << 40]) }
    #expect(throws: Never.self) { try Shape(checking: [0, 5]) }
  }
}
