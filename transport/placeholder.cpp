#include "transport/application.hpp"
