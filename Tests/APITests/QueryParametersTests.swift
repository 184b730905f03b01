import Testing

@testable import API

@Suite struct QueryParametersTests {
  private enum Colour: String, CaseIterable { case red, green }

  @Test(
    "numbers are decimal digits of 32 bits, from their least value up",
    arguments: [
      ("limit=1", 1), ("limit=007", 7), ("limit=100", 100), ("limit=101", 101), ("other=2", nil),
      ("", nil), ("limit=%31", 1), ("limit=2147483647", 2_147_483_647),
      ("limit=99999999999999999999", 2_147_483_647), ("x&limit=3&&y=1", 3),
    ])
  func numbers(query: String, value: Int?) {
    var parameters = QueryParameters(query)
    #expect(parameters.integer("limit", least: 1) == value)
    #expect(parameters.faults.isEmpty)
  }

  @Test(
    "what is no such number is a fault that names the parameter",
    arguments: [
      "limit=", "limit", "limit=0", "limit=-1", "limit=+1", "limit=1.0", "limit=1e3", "limit= 1",
      "limit=1%20", "limit=0x1", "limit=１", "limit=1&limit=1", "limit=a",
    ])
  func faultyNumbers(query: String) {
    var parameters = QueryParameters(query)
    #expect(parameters.integer("limit", least: 1) == nil)
    #expect(parameters.faults.map(\.field) == ["limit"])
  }

  @Test("an offset beyond 32 bits is a fault")
  func largeOffset() {
    var parameters = QueryParameters("offset=2147483648")
    #expect(parameters.integer("offset", least: 0) == nil)
    #expect(parameters.faults.map(\.field) == ["offset"])
  }

  @Test(
    "a choice is one of its words, given once",
    arguments: [
      ("c=red", Optional("red"), 0), ("c=gr%65en", "green", 0), ("", nil, 0), ("c=", nil, 1),
      ("c=RED", nil, 1), ("c=red&c=red", nil, 1), ("c=%zz", nil, 1),
    ])
  func choices(query: String, value: String?, faults: Int) {
    var parameters = QueryParameters(query)
    let colour: Colour? = parameters.choice("c")
    #expect(colour?.rawValue == value)
    #expect(parameters.faults.count == faults)
  }
}
