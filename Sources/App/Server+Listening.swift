internal import Config
internal import Flows
internal import Glibc
internal import HTTP
internal import HTTPServer

extension Server {
}
