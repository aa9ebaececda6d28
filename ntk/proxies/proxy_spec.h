// Checks of a ProxySpec that need more than its types. No LibTorch.
#ifndef NTK_PROXIES_PROXY_SPEC_H_
#define NTK_PROXIES_PROXY_SPEC_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ntk/proxies/proxies.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {

// InvalidArgument naming file, field, expected and found: images that the test
// split does not have, a score twice or none, a score that compares with an
// attack's images where there is no attack, ZiCo of fewer than four images,
// attacks that no suite may have (training/evaluation/attack_suite.h), "clean",
// groups.
absl::Status CheckProxySpec(const std::string& path, const ProxySpec& spec,
                            const Dataset& dataset);

// Lengths that look like fractions of 1 (nas/base/unit_warning.h), a line each.
std::vector<std::string> ProxySpecWarnings(const ProxySpec& spec);

// A checked spec with its attacks' defaults written out.
ProxySpec ResolveProxySpec(const ProxySpec& spec, int classes);

}  // namespace robbench

#endif  // NTK_PROXIES_PROXY_SPEC_H_
