import Domain
import Testing

@Suite("Timestamps")
struct TimestampTests {
    @Test(
        "RFC 3339 texts",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"), (1_700_000_000_250, "2023-11-14T22:13:20.250Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"), (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func text(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).iso8601 == text)
        #expect(Timestamp(iso8601: text)?.milliseconds == milliseconds)
    }

    @Test func `a day begins at midnight UTC, and a time needs no milliseconds`() {
        #expect(Timestamp(dayOrTime: "2027-01-31")?.iso8601 == "2027-01-31T00:00:00.000Z")
        #expect(Timestamp(dayOrTime: "2027-01-31T18:30:09Z")?.iso8601 == "2027-01-31T18:30:09.000Z")
        #expect(Timestamp(dayOrTime: "2027-01-31T18:30:09.250Z")?.iso8601 == "2027-01-31T18:30:09.250Z")
        for wrong in [
            "", "2027-02-30", "2027-1-31", "2027-01-31T", "2027-01-31 18:30:09Z", "2027-01-31T18:30:09z",
            "2027-01-31T18:30:09+00", "20270131T1830090000Z", "2027-01-31T24:00:00Z", "2027-01-3\u{661}",
        ] {
            #expect(Timestamp(dayOrTime: wrong) == nil, "\(wrong)")
        }
    }

    @Test func `every day from 1968 to 2104 and near both ends comes back`() {
        let day: Int64 = 86_400_000
        for number in Array(-730...49_000) + Array(-719_528 ... -719_000) + Array(2_932_000...2_932_896) {
            let time = Timestamp(milliseconds: Int64(number) * day + 12_345_678)
            #expect(Timestamp(iso8601: time.iso8601) == time)
        }
    }

    @Test func `what four digits cannot say is held at the nearest end`() {
        #expect(Timestamp(milliseconds: .max).iso8601 == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).iso8601 == "0000-01-01T00:00:00.000Z")
    }

    @Test(
        "other texts are refused",
        arguments: [
            "", "2023-11-14", "2023-11-14T22:13:20Z", "2023-11-14T22:13:20.250", "2023-11-14T22:13:20.250+00:00",
            "2023-11-14t22:13:20.250z", "2023-11-14 22:13:20.250Z", "2023-02-29T00:00:00.000Z",
            "2023-13-01T00:00:00.000Z", "2023-00-01T00:00:00.000Z", "2023-01-00T00:00:00.000Z",
            "2023-04-31T00:00:00.000Z", "2023-01-01T24:00:00.000Z", "2023-01-01T00:60:00.000Z",
            "2023-01-01T00:00:60.000Z", "-023-01-01T00:00:00.000Z", "2023-01-01T00:00:00.00éZ",
            "2023-01-01T00:00:00.0000Z", "٢٠٢٣-01-01T00:00:00.0Z",
        ])
    func refused(_ text: String) {
        #expect(Timestamp(iso8601: text) == nil)
    }

    @Test func `adding saturates at the ends of time`() {
        let last = Timestamp(milliseconds: .max)
        let first = Timestamp(milliseconds: .min)
        #expect(last + .milliseconds(1) == last)
        #expect(first - .milliseconds(1) == first)
        #expect(first + .milliseconds(-1) == first)
        #expect(last - .milliseconds(-1) == last)
        #expect(Timestamp(milliseconds: 0) + .seconds(Int64.max) == last)
        #expect(Timestamp(milliseconds: 0) - .seconds(Int64.max) <= Timestamp(milliseconds: -.max))
        #expect(Timestamp(milliseconds: 0) + .seconds(Int64.min) == first)
        #expect(Timestamp(milliseconds: 5) + .milliseconds(7) == Timestamp(milliseconds: 12))
        #expect(Timestamp(milliseconds: 5) - .milliseconds(7) == Timestamp(milliseconds: -2))
    }

    @Test func `subtracting the longest durations saturates to the right side`() {
        #expect(Timestamp(milliseconds: 1) - .seconds(Int64.min) == Timestamp(milliseconds: .max))
        #expect(Timestamp(milliseconds: -2) - .seconds(Int64.max) == Timestamp(milliseconds: .min))
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
        #expect(Duration.seconds(Int64.min).wholeMilliseconds == .min)
        #expect(Duration.nanoseconds(1_999_999).wholeMilliseconds == 1)
        #expect(Duration.nanoseconds(-1_999_999).wholeMilliseconds == -1)
    }

    @Test(
        "whole seconds are rounded down",
        arguments: [(0, 0), (999, 0), (1_000, 1), (-1, -1), (-1_000, -1), (-1_001, -2), (.min, -9_223_372_036_854_776)]
            as [(Int64, Int64)])
    func seconds(_ milliseconds: Int64, _ seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
    }

    @Test func `seconds from outside never trap`() {
        #expect(Timestamp(seconds: 5)?.milliseconds == 5_000)
        #expect(Timestamp(seconds: .max) == nil)
        #expect(Timestamp(seconds: .min) == nil)
    }
}
