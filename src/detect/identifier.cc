#include "detect/identifier.h"
