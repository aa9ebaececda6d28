#include "training/progress.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

#include "absl/strings/str_format.h"

namespace robbench {

ProgressPrinter::ProgressPrinter(std::string prefix, int64_t total,
                                 int64_t done)
    : prefix_(std::move(prefix)),
      total_(total),
      before_(done),
      start_(Clock::now()),
      last_(start_) {}

void ProgressPrinter::Report(int64_t done, absl::string_view what, bool force) {
  constexpr std::chrono::seconds kInterval(2);
  const Clock::time_point now = Clock::now();
  if (!force && now - last_ < kInterval) return;
  last_ = now;
  const double seconds =
      std::max(1e-9, std::chrono::duration<double>(now - start_).count());
  const double rate = static_cast<double>(done - before_) / seconds;
  const double left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
  // The line is written at once, so that lines of parallel runs do not mix.
  std::cerr << absl::StrFormat("%s: %s %.0f images/s %s left\n", prefix_, what,
                               rate, DurationText(left))
            << std::flush;
}

std::string DurationText(double seconds) {
  const int64_t whole = static_cast<int64_t>(std::llround(seconds));
  const int64_t hours = whole / 3600;
  if (hours == 0) {
    return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
  }
  return absl::StrFormat("%d:%02d:%02d", hours, whole / 60 % 60, whole % 60);
}

}  // namespace robbench
