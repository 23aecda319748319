import Crypto
import Foundation
import TestSupport
import Testing

struct ContentTests {
  @Test func `an image comes as it was imported, whole and in parts`() async throws {
    try await PreparedService.with { service in
      let picture = try DrawnPicture.first()
      let target = "/api/v1/images/\(picture.digest)"
      let whole = try service.get(target)
      #expect(whole.status == 200)
      #expect(whole.body == picture.data)
      #expect(whole.headers["content-length"] == "\(picture.data.count)")
      #expect(whole.headers["content-type"]?.hasPrefix("image/") == true)
      let tag = try #require(whole.headers["etag"])
      #expect(tag == "\"\(picture.digest)\"")
      #expect(whole.headers["cache-control"]?.contains("immutable") == true)

      for header in [tag, "W/\(tag)", "\"a\", \(tag)", "*"] {
        let known = try service.get(target, ["If-None-Match": header])
        #expect(known.status == 304 && known.body.isEmpty, "\(header)")
      }
      #expect(try service.get(target, ["If-None-Match": "\"a\""]).status == 200)

      let count = picture.data.count
      let parts: [(range: String, expected: Range<Int>)] = [
        ("bytes=0-9", 0..<10), ("bytes=5-", 5..<count), ("bytes=-7", count - 7..<count),
        ("bytes=3-3", 3..<4), ("bytes=10-99999999999999999999", 10..<count),
        ("bytes=-99999999999999999999", 0..<count),
      ]
      for (range, expected) in parts {
        let part = try service.get(target, ["Range": range])
        #expect(part.status == 206, "\(range)")
        #expect(part.body == picture.data[expected], "\(range)")
        #expect(
          part.headers["content-range"]
            == "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/\(count)")
      }
      for range in ["bytes=\(count)-", "bytes=-0"] {
        let none = try service.get(target, ["Range": range])
        #expect(none.status == 416, "\(range)")
        #expect(none.headers["content-range"] == "bytes */\(count)")
      }
      // What is no range, or several, is passed over.
      for range in ["bytes=9-3", "bytes=a-b", "lines=0-1", "bytes=0-1,3-4", "bytes=--1"] {
        #expect(try service.get(target, ["Range": range]).body == picture.data, "\(range)")
      }
      #expect(try service.get(target, ["Range": "bytes=0-9", "If-Range": tag]).status == 206)
      #expect(try service.get(target, ["Range": "bytes=0-9", "If-Range": "\"a\""]).status == 200)

      let head = try service.request("HEAD", target)
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["content-length"] == "\(count)")
    }
  }

  @Test func `weights are the exported file, and tensors have the digests that are told`()
    async throws
  {
    try await PreparedService.with { service in
      let file = service.folder.appending(path: "coyote.safetensors")
      try RunningService.command(
        ["export", "coyote", "--format", "safetensors", "--output", file.path], in: service.folder)
      let exported = try Data(contentsOf: file)
      let weights = try service.get("/api/v1/models/coyote/weights")
      #expect(weights.body == exported)
      let middle = try service.get(
        "/api/v1/models/coyote/weights", ["Range": "bytes=100-\(exported.count - 100)"])
      #expect(middle.body == exported[100...exported.count - 100])

      let tensors = try #require(
        try service.get("/api/v1/models/coyote/tensors").json()["tensors"] as? [[String: Any]])
      #expect(tensors.count > 4)
      for tensor in tensors {
        let digest = try #require(tensor["digest"] as? String)
        let numbers = try service.get("/api/v1/tensors/\(digest)").body
        #expect(numbers.count == tensor["bytes"] as? Int)
        let (type, shape) = (try #require(tensor["type"]), try #require(tensor["shape"] as? [Int]))
        let line = "\(type) [\(shape.map(String.init).joined(separator: ", "))]\n"
        let computed = SHA256.hash(data: Data(line.utf8) + numbers)
        #expect(computed.map { String(format: "%02x", $0) }.joined() == digest)
      }
    }
  }

  @Test func `an answer that has not changed is not sent again`() async throws {
    try await PreparedService.with { service in
      let first = try service.get("/api/v1/models")
      let tag = try #require(first.headers["etag"])
      let again = try service.get("/api/v1/models", ["If-None-Match": tag])
      #expect(again.status == 304 && again.body.isEmpty)
      try RunningService.command(["tag", "coyote", "stage=beta"], in: service.folder)
      let changed = try service.get("/api/v1/models", ["If-None-Match": tag])
      #expect(changed.status == 200)
      #expect(changed.headers["etag"] != tag)
    }
  }
}
