"""Send a signal to the server of this node as soon as a query returns a row: stop_server.py SIGNAL QUERY"""

import os
import signal
import subprocess
import sys
import time

import pymysql

name, query = sys.argv[1:]
server = int(subprocess.check_output(["pidof", "mariadbd"]))
cursor = pymysql.connect(unix_socket="/run/mysqld/mysqld.sock", user="root", autocommit=True).cursor()
while not cursor.execute(query):
    time.sleep(0.002)
os.kill(server, getattr(signal, name))
