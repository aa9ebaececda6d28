#include "nas/base/numeric_profile.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "nas/base/numeric_settings.embed.h"

namespace robbench {
namespace {

std::vector<std::string> OwnArguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> arguments;
  for (size_t begin = 0; begin < all.size();) {
    const size_t end = all.find('\0', begin);
    arguments.push_back(all.substr(begin, end - begin));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  return arguments;
}

}  // namespace

absl::StatusOr<NumericProfile> EnterNumericProfile(absl::string_view name) {
  NumericProfile profile{std::string(name)};
  bool found = false;
  std::set<std::string> names;
  std::vector<const NumericSetting*> missing;
  for (const NumericSetting& setting : kNumericSettings) {
    names.insert(setting.profile);
    if (name != setting.profile) continue;
    found = true;
    if (strcmp(setting.variable, "OMP_NUM_THREADS") == 0) {
      (void)absl::SimpleAtoi(setting.value, &profile.threads);
    }
    if (strcmp(setting.variable, "ROBBENCH_FAST_KERNELS") == 0) {
      profile.fast_kernels = strcmp(setting.value, "1") == 0;
    }
    const char* current = getenv(setting.variable);
    if (current == nullptr || strcmp(current, setting.value) != 0) {
      missing.push_back(&setting);
    }
  }
  if (!found) {
    return absl::InvalidArgumentError(
        absl::StrCat("--numeric_profile: expected one of ",
                     absl::StrJoin(names, ", "), ", found '", name, "'"));
  }
  if (missing.empty()) return profile;

  for (const NumericSetting* setting : missing) {
    setenv(setting->variable, setting->value, /*overwrite=*/1);
  }
  std::vector<std::string> arguments = OwnArguments();
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  execv("/proc/self/exe", argv.data());
  return absl::InternalError(absl::StrCat(
      "cannot restart under numeric profile ", name, ": ", strerror(errno)));
}

}  // namespace robbench
