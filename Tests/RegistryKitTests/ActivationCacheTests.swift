import Diagnostics
import Foundation
import RegistryKit
import Tensors
import TestSupport
import Testing

struct ActivationCacheTests {
  private let width = 5
  private let key = Digest(of: Array("prefix".utf8))

  private func image(_ number: Int) -> Digest { Digest(of: Array("image \(number)".utf8)) }

  private func values(_ number: Int) -> [Float] {
    (0..<width).map { Float(number) + Float($0) / 8 }
  }

  private func store(_ numbers: [Int], in cache: ActivationCache) throws {
    try numbers.flatMap(values).withUnsafeBufferPointer {
      try cache.store(numbers.map(image), $0)
    }
  }

  private func read(_ number: Int, from cache: ActivationCache) -> [Float]? {
    var result = [Float](repeating: .nan, count: width)
    let isFound = result.withUnsafeMutableBufferPointer { cache.read(image(number), into: $0) }
    return isFound ? result : nil
  }

  private func segments(of folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: folder.appending(path: "cache/\(key.hexadecimal)"), includingPropertiesForKeys: nil)
  }

  private func open(_ folder: URL, byteLimit: Int = 1 << 20) throws -> ActivationCache {
    try ActivationCache(
      root: folder.appending(path: "cache").path, key: key, valueCount: width,
      byteLimit: byteLimit)
  }

  @Test func `what was stored is read bit for bit by another process's cache`() throws {
    try withTemporaryFolder { folder in
      let cache = try open(folder)
      try store(Array(0..<20), in: cache)
      try cache.flush()
      let again = try open(folder)
      for number in 0..<20 {
        #expect(read(number, from: cache) == values(number))
        #expect(read(number, from: again) == values(number))
      }
      #expect(read(20, from: again) == nil)
    }
  }

  @Test func `many small batches become few files and lose nothing`() throws {
    try withTemporaryFolder { folder in
      let cache = try open(folder)
      for number in 0..<100 {
        try store([number], in: cache)
        try cache.flush()
      }
      #expect(try segments(of: folder).count <= 17)
      let again = try open(folder)
      for number in 0..<100 { #expect(read(number, from: again) == values(number)) }
    }
  }

  @Test func `a flipped bit anywhere makes at most one image absent and none wrong`() throws {
    try withTemporaryFolder { folder in
      let cache = try open(folder)
      try store(Array(0..<4), in: cache)
      try cache.flush()
      let file = try #require(try segments(of: folder).first)
      let whole = try Data(contentsOf: file)
      for offset in 64..<whole.count {
        var damaged = whole
        damaged[offset] ^= 1 << UInt8(offset % 8)
        try FileManager.default.removeItem(at: file)
        try damaged.write(to: file)
        let again = try open(folder)
        let found = (0..<4).map { read($0, from: again) }
        #expect(found.count { $0 == nil } == 1)
        for (number, result) in found.enumerated() where result != nil {
          #expect(result == values(number))
        }
      }
    }
  }

  @Test func `a file cut short anywhere gives what is whole`() throws {
    try withTemporaryFolder { folder in
      let cache = try open(folder)
      try store(Array(0..<3), in: cache)
      try cache.flush()
      let file = try #require(try segments(of: folder).first)
      let whole = try Data(contentsOf: file)
      for length in stride(from: whole.count, through: 0, by: -7) {
        try FileManager.default.removeItem(at: file)
        try whole.prefix(length).write(to: file)
        let again = try open(folder)
        let recordBytes = 64 + 4 * width
        #expect(
          (0..<3).count { read($0, from: again) != nil } == max(length - 64, 0) / recordBytes)
      }
    }
  }

  @Test func `the size is bounded, and what was used longest ago goes first`() throws {
    try withTemporaryFolder { folder in
      let recordBytes = 64 + 4 * width
      let cache = try open(folder, byteLimit: 5 * (64 + recordBytes))
      for number in 0..<12 {
        try store([number], in: cache)
        try cache.flush()
      }
      let again = try open(folder)
      #expect(read(11, from: again) == values(11))
      #expect(read(0, from: again) == nil)
      #expect((0..<12).count { read($0, from: again) != nil } <= 5)
    }
  }

  @Test func `a cache of other widths or other files is ignored`() throws {
    try withTemporaryFolder { folder in
      let cache = try open(folder)
      try store([1], in: cache)
      try cache.flush()
      let place = folder.appending(path: "cache/\(key.hexadecimal)")
      try Data("not a segment".utf8).write(to: place.appending(path: "x.activations"))
      let other = try ActivationCache(
        root: folder.appending(path: "cache").path, key: key, valueCount: width + 1)
      var values = [Float](repeating: 0, count: width + 1)
      let isFound = values.withUnsafeMutableBufferPointer { other.read(image(1), into: $0) }
      #expect(!isFound)
      #expect(read(1, from: try open(folder)) == self.values(1))
    }
  }
}
