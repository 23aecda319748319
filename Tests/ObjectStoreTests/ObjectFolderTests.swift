import Diagnostics
import Foundation
import ObjectStore
import Synchronization
import Tensors
import TestSupport
import Testing

struct ObjectFolderTests {
  @Test func `an object is found by the SHA-256 of its bytes`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.appending(path: "objects").path)
      let object = try store.write("abc")
      #expect(object.isNew)
      #expect(
        store.path(of: object.digest).hasSuffix(
          "/objects/ba/7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
      #expect(try String(contentsOfFile: store.path(of: object.digest), encoding: .utf8) == "abc")
      #expect(try store.verify(object.digest) == .intact(byteCount: 3))
      #expect(store.byteCount(of: object.digest) == 3)
      #expect(try store.map(object.digest).withUnsafeBytes { Array($0) } == Array("abc".utf8))
    }
  }

  @Test func `the same bytes are written once`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      #expect(try store.write("abc").isNew)
      #expect(try !store.write("abc").isNew)
      let batch = ObjectBatch(store)
      #expect(try batch.add("def").isNew)
      #expect(try !batch.add("def").isNew)
      try batch.commit()
      #expect(try store.digests().count == 2)
    }
  }

  @Test func `nothing is visible before the commit, and nothing stays of a batch that is dropped`()
    throws
  {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      do {
        let batch = ObjectBatch(store)
        let object = try batch.add("abc")
        #expect(!store.contains(object.digest))
        #expect(try store.digests().isEmpty)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test func `one changed bit is found`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      let digest = try store.write("abc").digest
      let file = URL(filePath: store.path(of: digest))
      try FileManager.default.removeItem(at: file)
      try Data("abb".utf8).write(to: file)
      #expect(try store.verify(digest) == .corrupt(actual: Digest(of: Array("abb".utf8))))
      try store.remove(digest)
      #expect(try store.verify(digest) == .missing)
      #expect(throws: RegistryError.self) { try store.map(digest) }
    }
  }

  @Test func `threads that add the same objects at once leave each there once`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      let batch = ObjectBatch(store)
      let newCount = Mutex(0)
      DispatchQueue.concurrentPerform(iterations: 200) { index in
        if (try? batch.add("object \(index % 50)"))?.isNew == true {
          newCount.withLock { $0 += 1 }
        }
      }
      try batch.commit()
      #expect(newCount.withLock { $0 } == 50)
      #expect(try store.digests().count == 50)
      #expect(try store.unfinishedWriting(removing: true).abandonedFiles == 0)
    }
  }

  @Test func `what a killed writer left is removed, and what one at work writes is kept`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      let batch = ObjectBatch(store)
      let object = try batch.add("abc")
      // What remains of a process that was killed: a folder that nobody locks.
      let left = folder.appending(path: "tmp-1-abandoned")
      try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
      try Data("half an object".utf8).write(to: left.appending(path: "1"))
      let looked = try store.unfinishedWriting(removing: false)
      #expect(looked.abandonedFiles == 1 && looked.abandonedBytes == 14)
      #expect(try #require(looked.oldestWriter) > 1_700_000_000_000_000)
      #expect(FileManager.default.fileExists(atPath: left.path))
      #expect(try store.unfinishedWriting(removing: true) == looked)
      #expect(!FileManager.default.fileExists(atPath: left.path))
      #expect(try store.unfinishedWriting(removing: true).abandonedFiles == 0)
      try batch.commit()
      #expect(try store.verify(object.digest) == .intact(byteCount: 3))
      withExtendedLifetime(batch) {}
    }
  }

  @Test func `a folder is a writer's until its last file is closed`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      #expect(try store.unfinishedWriting(removing: true).oldestWriter == nil)
      let writer = try ObjectBatch(store).writer()
      try writer.append("abc")
      let writing = try store.unfinishedWriting(removing: true)
      #expect(writing.oldestWriter != nil && writing.abandonedFiles == 0)
      _ = try writer.finish()
    }
  }

  @Test func `an object says when it appeared`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      let object = try store.write("abc")
      let appearance = try #require(store.appearance(of: object.digest))
      #expect(abs(Double(appearance) / 1e6 - Date.now.timeIntervalSince1970) < 3600)
      #expect(try store.prefixes() == ["ba"])
      #expect(try store.digests(beginningWith: "ba") == [object.digest])
      #expect(store.appearance(of: Digest(of: [1])) == nil)
    }
  }

  @Test func `an object that comes in pieces has the digest of the whole`() throws {
    try withTemporaryFolder { folder in
      let store = ObjectFolder(folder: folder.path)
      let batch = ObjectBatch(store)
      let writer = try batch.writer()
      for piece in ["a", "", "bc"] { try writer.append(piece) }
      let object = try writer.finish()
      #expect(object.digest == Digest(of: Array("abc".utf8)))
      #expect(object.byteCount == 3)
      try batch.commit()
      #expect(try store.verify(object.digest) == .intact(byteCount: 3))
      _ = try batch.writer()
      #expect(try store.unfinishedWriting(removing: true).abandonedFiles == 0)
    }
  }

  /// Makes the first, second, third… call fail until none is left to fail, for a batch that is
  /// flushed file by file and for one that is flushed as a whole.
  @Test(arguments: [RegistryError.Code.noSpaceLeft, .writeFailed], [3, 20])
  func `whichever call fails, no partial object is visible and the next try succeeds`(
    code: RegistryError.Code, count: Int
  ) throws {
    let texts = (0..<count).map { "object \($0)" }
    try withTemporaryFolder { folder in
      var failures = 0
      while true {
        let place = folder.appending(path: "\(failures)").path
        let layer = FailingFileLayer(failingCall: failures, code: code)
        let store = ObjectFolder(folder: place, fileLayer: layer)
        do {
          let batch = ObjectBatch(store)
          for text in texts { _ = try batch.add(text) }
          try batch.commit()
        } catch {
          #expect((error as? RegistryError)?.code == code)
          for digest in try store.digests() {
            guard case .intact = try store.verify(digest) else {
              Issue.record("\(digest) is visible and not intact after call \(failures) failed")
              continue
            }
          }
          let again = ObjectFolder(folder: place)
          #expect(try again.unfinishedWriting(removing: true).abandonedFiles == 0)
          let batch = ObjectBatch(again)
          for text in texts { _ = try batch.add(text) }
          try batch.commit()
          #expect(try again.digests().count == count)
          failures += 1
          continue
        }
        break
      }
      #expect(failures > 15)
    }
  }
}

extension ObjectFolder {
  fileprivate func write(_ text: String) throws -> StoredObject {
    try Array(text.utf8).withUnsafeBytes { try write($0) }
  }
}

extension ObjectWriter {
  fileprivate func append(_ text: String) throws {
    try Array(text.utf8).withUnsafeBytes { try append($0) }
  }
}

extension ObjectBatch {
  fileprivate func add(_ text: String) throws(RegistryError) -> StoredObject {
    let storage = ByteStorage(count: text.utf8.count) { $0.copyBytes(from: text.utf8) }
    let result = storage.withUnsafeBytes { bytes -> Result<StoredObject, RegistryError> in
      do throws(RegistryError) { return .success(try add(bytes)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}

/// The system's calls, of which one fails.
///
/// Removing is spared: a disk that is full still deletes.
private final class FailingFileLayer: FileLayer {
  private let system = SystemFileLayer()
  private let remaining: Mutex<Int>
  private let code: RegistryError.Code

  init(failingCall: Int, code: RegistryError.Code) {
    remaining = Mutex(failingCall)
    self.code = code
  }

  private func count() throws(RegistryError) {
    let isDue = remaining.withLock { remaining in
      remaining -= 1
      return remaining == -1
    }
    if isDue { throw RegistryError(code, "This call fails on purpose.") }
  }

  func makeFolder(_ path: String) throws(RegistryError) {
    try count()
    try system.makeFolder(path)
  }

  func create(_ path: String) throws(RegistryError) -> Int32 {
    try count()
    return try system.create(path)
  }

  func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String
  ) throws(RegistryError) {
    // A full disk takes some of the bytes before it refuses the rest.
    try system.write(
      UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2)), to: descriptor, path)
    try count()
    try system.write(
      UnsafeRawBufferPointer(rebasing: bytes.dropFirst(bytes.count / 2)), to: descriptor, path)
  }

  func synchronize(_ path: String) throws(RegistryError) {
    try count()
    try system.synchronize(path)
  }

  func synchronizeFileSystem(of folder: String) throws(RegistryError) {
    try count()
    try system.synchronizeFileSystem(of: folder)
  }

  func close(_ descriptor: Int32) { system.close(descriptor) }

  func rename(_ path: String, to newPath: String) throws(RegistryError) {
    try count()
    try system.rename(path, to: newPath)
  }

  func remove(_ path: String) throws(RegistryError) { try system.remove(path) }

  func removeFolder(_ path: String) throws(RegistryError) { try system.removeFolder(path) }
}
