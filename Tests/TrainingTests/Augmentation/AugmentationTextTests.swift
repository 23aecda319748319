import Diagnostics
import Foundation
import Testing
import Training

struct AugmentationTextTests {
  @Test func `presets are parsed and described by their names`() throws {
    for (name, preset) in Augmentation.presets {
      #expect(try Augmentation(parsing: name) == preset)
      #expect(preset.description == name)
      #expect(try Augmentation(parsing: preset.settings) == preset)
      #expect(preset.isNone == (name == "none"))
    }
    #expect(
      Augmentation.standard.settings
        == "crop=0.35-1,flip=0.5,brightness=0.2,contrast=0.2,saturation=0.2,hue=0.02")
    #expect(Augmentation.strong.settings == "crop=0.08-1,flip=0.5,randaugment=2x9,erase=0.25")
  }

  @Test func `settings round-trip in any order`() throws {
    let text =
      "crop=0.35-0.9,ratio=0.5-2,flip=0.25,rotate=15,brightness=0.1,contrast=0.2,saturation=0.3,"
      + "hue=0.05,randaugment=3x12,erase=0.75"
    let augmentation = try Augmentation(parsing: text)
    #expect(augmentation.description == text)
    let reversed = text.split(separator: ",").reversed().joined(separator: ", ")
    #expect(try Augmentation(parsing: reversed) == augmentation)
    #expect(augmentation.crop?.ratio == 0.5...2)
    #expect(augmentation.randAugment == RandAugment(operations: 3, magnitude: 12))
    #expect(try Augmentation(parsing: "flip=0,erase=-0").isNone)
    #expect(try Augmentation(parsing: "rotate=0.00001").rotation == 1e-5)
  }

  @Test func `JSON holds the settings and not the preset's name`() throws {
    let data = try JSONEncoder().encode([Augmentation.light, .none])
    #expect(String(decoding: data, as: UTF8.self) == #"["crop=0.6-1,flip=0.5","none"]"#)
    #expect(try JSONDecoder().decode([Augmentation].self, from: data) == [.light, .none])
    #expect(throws: RegistryError.self) {
      try JSONDecoder().decode([Augmentation].self, from: Data(#"["flip=2"]"#.utf8))
    }
  }

  @Test(arguments: [
    "", "strnog", "flip", "flip=", "flip=2", "flip=nan", "flip=0.5,flip=0.5", "flip=0.5,",
    "crop=0.5", "crop=1-0.5", "crop=0-1", "crop=0.1-1.1", "crop=0.1-0.2-0.3", "crop=nan-1",
    "ratio=0.5-2", "ratio=0-1,crop=0.5-1", "rotate=-5", "rotate=181", "brightness=1.5",
    "hue=0.6", "randaugment=2", "randaugment=0x9", "randaugment=2x31", "randaugment=2x9x1",
    "erase=inf", "zoom=1", "standard,flip=1",
  ])
  func `what is malformed is refused with what is known`(text: String) throws {
    let error = try #require(throws: RegistryError.self) { try Augmentation(parsing: text) }
    #expect(error.code == .malformedAugmentation)
    #expect(error.code.category == .usage)
    #expect(error.remedy?.contains("none, light, standard, strong") == true)
    #expect(error.remedy?.contains("randaugment") == true)
  }

  @Test func `a misspelt name is guessed`() throws {
    let error = try #require(throws: RegistryError.self) { try Augmentation(parsing: "strnog") }
    #expect(error.message.contains("There is no augmentation strnog."))
    #expect(error.remedy?.contains("Did you mean strong?") == true)
  }
}
