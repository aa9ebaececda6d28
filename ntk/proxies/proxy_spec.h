// Checks a ProxySpec (ntk/proxies/proxies.proto) beyond its types.
#ifndef NTK_PROXIES_PROXY_SPEC_H_
#define NTK_PROXIES_PROXY_SPEC_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "ntk/proxies/proxies.pb.h"
#include "training/dataset/dataset.h"

namespace robbench {

// Returns InvalidArgument, naming file, field, expected and found, for more
// images than the test split has; for a score that is given twice, or for none;
// for a score that compares with an attack's images where there is no attack;
// for ZiCo with fewer than four images; and for attacks that no suite may have
// (training/evaluation/attack_suite.h), that are clean, or that are groups.
absl::Status CheckProxySpec(const std::string& path, const ProxySpec& spec,
                            const Dataset& dataset);

// Returns a line for each length that looks like a fraction of 1
// (nas/base/unit_warning.h).
std::vector<std::string> ProxySpecWarnings(const ProxySpec& spec);

// Returns a checked spec with its attacks' defaults written out, as a record
// states it.
ProxySpec ResolveProxySpec(const ProxySpec& spec, int classes);

}  // namespace robbench

#endif  // NTK_PROXIES_PROXY_SPEC_H_
