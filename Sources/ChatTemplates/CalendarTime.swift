/// A moment of the civil calendar without a zone: what `strftime_now` formats.
package struct CalendarTime: Hashable, Sendable {
  let year: Int
  let month: Int
  let day: Int
  let hour: Int
  let minute: Int
  let second: Int
  private let daysSince1970: Int

  /// The calendar time at `secondsSince1970`, shifted by `utcOffset` seconds from UTC.
  ///
  /// Seconds beyond some three hundred thousand years from 1970 are held at that bound.
  package init(secondsSince1970: Int, utcOffset: Int = 0) {
    let bound = 10_000_000_000_000
    let seconds = min(max(secondsSince1970, -bound), bound) + min(max(utcOffset, -bound), bound)
    daysSince1970 = seconds.flooredQuotient(by: 86_400)
    let secondOfDay = seconds - daysSince1970 * 86_400
    hour = secondOfDay / 3_600
    minute = secondOfDay / 60 % 60
    second = secondOfDay % 60
    (year, month, day) = CalendarTime.date(daysSince1970: daysSince1970)
  }

  /// The proleptic Gregorian date of a day number, counted in 400-year eras that begin in March
  /// (Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`).
  private static func date(daysSince1970: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = daysSince1970 + 719_468
    let era = shifted.flooredQuotient(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra =
      (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }

  private var dayOfYear: Int {
    let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
    let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month - 1]
    return before + day + (isLeap && month > 2 ? 1 : 0)
  }

  /// Days since Sunday: 1970 began on a Thursday.
  private var weekday: Int { (daysSince1970 + 4).flooredRemainder(by: 7) }

  /// This time in the manner of C's `strftime`, in English; `%-d` drops the padding.
  func formatted(_ format: Text) -> Text {
    var result = Text()
    var index = 0
    let scalars = format.scalars
    while index < scalars.count {
      defer { index += 1 }
      guard scalars[index] == "%", index + 1 < scalars.count else {
        result.scalars.append(scalars[index])
        continue
      }
      let start = index
      index += 1
      let isUnpadded = scalars[index] == "-" && index + 1 < scalars.count
      if isUnpadded { index += 1 }
      if let field = field(scalars[index], isUnpadded: isUnpadded) {
        result.append(Text(field))
      } else {
        result.scalars.append(contentsOf: scalars[start...index])
      }
    }
    return result
  }

  private func field(_ directive: Unicode.Scalar, isUnpadded: Bool) -> String? {
    func padded(_ number: Int, _ width: Int = 2) -> String {
      let digits = String(number)
      guard !isUnpadded, digits.count < width else { return digits }
      return String(repeating: "0", count: width - digits.count) + digits
    }
    let hour12 = (hour + 11) % 12 + 1
    return switch directive {
    case "%": "%"
    case "n": "\n"
    case "t": "\t"
    case "Y": String(year)
    case "C": padded(year / 100)
    case "y": padded(year.flooredRemainder(by: 100))
    case "m": padded(month)
    case "d": padded(day)
    case "e": isUnpadded || day > 9 ? String(day) : " \(day)"
    case "H": padded(hour)
    case "I": padded(hour12)
    case "M": padded(minute)
    case "S": padded(second)
    case "f": "000000"
    case "j": padded(dayOfYear, 3)
    case "p": hour < 12 ? "AM" : "PM"
    case "A": CalendarTime.weekdays[weekday]
    case "a": String(CalendarTime.weekdays[weekday].prefix(3))
    case "w": String(weekday)
    case "u": String((weekday + 6) % 7 + 1)
    case "B": CalendarTime.months[month - 1]
    case "b", "h": String(CalendarTime.months[month - 1].prefix(3))
    case "F": String(formatted("%Y-%m-%d"))
    case "T": String(formatted("%H:%M:%S"))
    case "R": String(formatted("%H:%M"))
    case "D", "x": String(formatted("%m/%d/%y"))
    case "X": String(formatted("%H:%M:%S"))
    case "c": String(formatted("%a %b %e %H:%M:%S %Y"))
    case "z", "Z": ""
    default: nil
    }
  }

  private static let weekdays = [
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday",
  ]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]
}

extension Int {
  /// The quotient rounded down, for a positive divisor.
  func flooredQuotient(by divisor: Int) -> Int {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// The remainder in `0..<divisor`, for a positive divisor.
  func flooredRemainder(by divisor: Int) -> Int {
    let remainder = self % divisor
    return remainder < 0 ? remainder + divisor : remainder
  }
}
