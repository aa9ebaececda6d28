#include "nas/cell_identity.h"

#include "nas/isomorphism.h"

namespace robbench {

CellIdentity MakeCellIdentity(const Cell& cell) {
  CellIdentity identity;
  const int index = cell.Index();
  identity.set_index(index);
  identity.set_code(cell.Code());
  identity.set_architecture(cell.Architecture());
  identity.set_representative(IsomorphismClasses::Get().Representative(index));
  return identity;
}

}  // namespace robbench
