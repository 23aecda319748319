import Foundation
import TestSupport
import Testing

struct EncryptionTests {
  @Test func `with a certificate connections are encrypted and cookies are for such ones only`()
    async throws
  {
    var files = (certificate: "", key: "")
    let folder = FileManager.default.temporaryDirectory.appending(path: "registry-tls-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    files = (folder.appending(path: "a.pem").path, folder.appending(path: "a.key").path)
    try run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-keyout", files.key, "-out", files.certificate, "-days", "2", "-subj", "/CN=localhost",
        "-addext", "subjectAltName=IP:127.0.0.1",
      ])
    try await RunningService.with(
      "--tls-certificate", files.certificate, "--tls-key", files.key
    ) { service in
      #expect(service.url.hasPrefix("https://"))
      let answer = try HTTPAnswer(
        run(
          "openssl",
          [
            "s_client", "-quiet", "-verify_return_error", "-CAfile", files.certificate, "-connect",
            "127.0.0.1:\(service.port)",
          ],
          input: "GET /api/v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"))
      #expect(answer.status == 200)
      #expect(answer.headers["strict-transport-security"] != nil)
      // Who speaks plainly is not understood.
      let plain = try RawConnection(port: service.port)
      plain.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
      #expect(!String(decoding: plain.receiveAll(), as: UTF8.self).contains("200 OK"))
    }
    try RunningService.command(["init"], in: folder)
    let refused = try RunningService.failingCommand(
      ["serve", "--port", "0", "--tls-certificate", files.key, "--tls-key", files.certificate],
      in: folder)
    #expect(refused.exitCode == 65)
    #expect(refused.code == "unreadable_certificate")
  }

  @discardableResult
  private func run(_ program: String, _ arguments: [String], input: String = "") throws -> Data {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    process.standardError = FileHandle.nullDevice
    try process.run()
    standardInput.fileHandleForWriting.write(Data(input.utf8))
    let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
    try standardInput.fileHandleForWriting.close()
    process.waitUntilExit()
    return output
  }
}
