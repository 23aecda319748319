import Diagnostics
import Testing

struct RegistryErrorTests {
  @Test func `each category has an exit code from the contract`() {
    let contract: Set<Int32> = [1, 64, 65, 66, 69, 73, 74, 75]
    for category in RegistryError.Category.allCases {
      #expect(contract.contains(category.exitCode), "\(category)")
      #expect((400...599).contains(category.httpStatus), "\(category)")
    }
  }

  @Test func `a description gives message, place and remedy`() {
    let error = RegistryError(
      .init("example", .badInput), "The header lies.",
      place: Place(file: "a.safetensors", byteOffset: 8), remedy: "Get the file again.")
    #expect(
      error.description == """
        The header lies.
          at: a.safetensors, byte 8
          try: Get the file again.
        """)
  }

  @Test func `a wider place completes a narrower one and never replaces it`() {
    let error = RegistryError(.init("example", .badInput), "No.", place: Place(byteOffset: 3))
    let located = error.at(.file("x.png")).at(.file("archive.zip"))
    #expect(located.place == Place(file: "x.png", byteOffset: 3))
  }
}
